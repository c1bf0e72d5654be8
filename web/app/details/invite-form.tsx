import { useRef, useState } from "react";
import { Form } from "react-aria-components/Form";
import { useTranslation } from "react-i18next";
import type { Invite } from "../../../src/protocol/entry-routes.ts";
import { newClientMsgId } from "../../../src/protocol/ids.ts";
import { Button } from "../../ui/button.tsx";
import { Switch } from "../../ui/choice.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Select } from "../../ui/select.tsx";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { useParley } from "../parley-context.tsx";
import { useTimerWords } from "./timers.ts";

const LENGTHS = [3_600, 86_400, 604_800, 2_592_000] as const;
const USES = [1, 5, 10, 50, 100] as const;
const NONE = "none";

export interface InviteFormProps {
  chat_id: string;
  onMade: (invite: Invite) => void;
  onClose: () => void;
}

/** Makes a link with an end, a number of uses, and whom it lets in as what. */
export function InviteForm({ chat_id, onMade, onClose }: InviteFormProps) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const timerWords = useTimerWords();
  const [length, setLength] = useState<string>("604800");
  const [uses, setUses] = useState<string>(NONE);
  const [isGuest, setGuest] = useState(false);
  const [needsApproval, setNeedsApproval] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  // Tried again after an answer that was lost, it is the same link; with other wishes it is another.
  const ids = useRef(new Map<string, string>());

  async function create(): Promise<void> {
    setBusy(true);
    setProblem(undefined);
    const wishes = {
      role: isGuest ? ("guest" as const) : ("member" as const),
      ...(needsApproval ? { needs_approval: true } : {}),
      ...(length === NONE ? {} : { expires_in_s: Number(length) }),
      ...(uses === NONE ? {} : { max_uses: Number(uses) }),
    };
    const wish = JSON.stringify(wishes);
    const client_invite_id = ids.current.get(wish) ?? newClientMsgId();
    ids.current.set(wish, client_invite_id);
    try {
      const invite = await client.server.ask("createInvite", {
        params: { id: chat_id },
        body: { ...wishes, client_invite_id },
      });
      onMade(invite);
      onClose();
    } catch (thrown) {
      setBusy(false);
      setProblem(faultWords(t, thrown));
    }
  }

  return (
    <Dialog title={t("invites.create")} is_open onClose={onClose}>
      <Form
        className="dialog-body details-dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <Select
          look="field"
          label={t("invites.ends")}
          value={length}
          options={[
            ...LENGTHS.map((seconds) => ({ id: String(seconds), label: timerWords(seconds) })),
            { id: NONE, label: t("invites.ends_never") },
          ]}
          onChange={setLength}
        />
        <Select
          look="field"
          label={t("invites.max_uses")}
          value={uses}
          options={[
            { id: NONE, label: t("invites.unlimited") },
            ...USES.map((count) => ({ id: String(count), label: formats.number(count) })),
          ]}
          onChange={setUses}
        />
        <Switch label={t("invites.as_guest")} hint={t("invites.as_guest_hint")} is_on={isGuest} onChange={setGuest} />
        <Switch
          label={t("chat_settings.needs_approval")}
          hint={t("invites.approval_hint")}
          is_on={needsApproval}
          onChange={setNeedsApproval}
        />
        {problem !== undefined && (
          <p className="new-chat-problem" role="alert">
            {problem}
          </p>
        )}
        <div className="details-form-actions">
          <Button onPress={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" look="primary" isPending={isBusy}>
            {t("invites.make")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
