import { useTranslation } from "react-i18next";
import { excerpt } from "../../../src/domain/text.ts";
import type { TimelineMessage } from "../../sync/client.ts";
import { hueOf } from "../../ui/hue.ts";
import { OneLine } from "../../ui/one-line.tsx";
import { isSaid, messageWords } from "../message-words.ts";
import "./quote.css";
import { useRowVerbs } from "./row-verbs.ts";

const SHOWN_CHARS = 160;

/** What a message answers, inside its bubble: a way to the original, never a copy of it. */
export function Quote({ quoted, is_active }: { quoted: NonNullable<TimelineMessage["reply_to"]>; is_active: boolean }) {
  const { t } = useTranslation();
  const { jump, idOf, my_id } = useRowVerbs();
  const name = quoted.sender_id === my_id ? t("chats.you") : quoted.sender_name;
  const isText = isSaid(quoted) && (quoted.kind !== "text" || quoted.text !== undefined);
  const words = isText
    ? excerpt(messageWords(t, { ...quoted, is_own: false }), SHOWN_CHARS)
    : t(quoted.kind === "deleted" ? "message.deleted" : "message.unavailable");
  return (
    <button
      type="button"
      className="quote"
      tabIndex={is_active ? 0 : -1}
      style={{ "--hue": hueOf(quoted.sender_id ?? idOf(quoted.sender_name)) }}
      onClick={() => jump(quoted.seq)}
    >
      <span className="visually-hidden">{t("message.quote", { name, text: words })}</span>
      <span className="quote-shown" aria-hidden="true">
        <OneLine className="quote-name">{name}</OneLine>
        <OneLine className={isText ? "quote-words" : "quote-words quote-gone"}>{words}</OneLine>
      </span>
    </button>
  );
}
