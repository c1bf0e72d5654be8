import { useTranslation } from "react-i18next";
import { Dialog } from "../../ui/dialog.tsx";
import { KEYS } from "../keys.ts";
import "./keys-dialog.css";

const GENERAL = [
  "palette",
  "search",
  "new_chat",
  "next_chat",
  "previous_chat",
  "details",
  "settings",
  "help",
  "back",
] as const;
const CONVERSATION = [
  "search_chat",
  "send",
  "newline",
  "edit_last",
  "messages",
  "message_menu",
  "reply",
  "edit",
  "thread",
  "react",
  "pin",
  "forward",
  "save",
  "select",
  "copy",
  "copy_link",
  "delete",
  "write",
] as const;

const WRITING = ["bold", "italic", "strike", "code"] as const;

/** The sheet of keys. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("keys.title")} is_open onClose={onClose}>
      <div className="dialog-body keys">
        <Group title={t("keys.general")} names={GENERAL} />
        <Group title={t("keys.conversation")} names={CONVERSATION} />
        <Group title={t("keys.writing")} names={WRITING} />
      </div>
    </Dialog>
  );
}

function Group({ title, names }: { title: string; names: readonly (keyof typeof KEYS)[] }) {
  const { t } = useTranslation();
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {names.map((name) => (
          <div key={name}>
            <dt>{t(`keys.${name}`)}</dt>
            <dd>
              <kbd dir="ltr">{KEYS[name]}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
