import { useTranslation } from "react-i18next";
import type { ChatScreen } from "../../sync/client.ts";
import { useFormats } from "../formats-context.tsx";
import { useNameOf } from "../people/people-book.ts";
import "./typing-line.css";

/** Who is writing now. It lies over the end of the timeline, so that its coming and going moves nothing. */
export function TypingLine({ typing }: { typing: ChatScreen["typing"] }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const nameOf = useNameOf();
  const names = typing.map((person) => nameOf(person.user_id, person.display_name));
  const words =
    names.length === 0
      ? ""
      : names.length > 3
        ? t("conversation.several_typing")
        : t("conversation.typing", { count: names.length, names: formats.list(names) });
  return (
    <div className="typing-line" data-shown={words !== "" || undefined}>
      {words !== "" && (
        <span className="typing-words">
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span className="ellipsis">{words}</span>
        </span>
      )}
    </div>
  );
}
