import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { excerpt } from "../../../src/domain/text.ts";
import { isSaid, messageWords } from "../message-words.ts";
import { useParley } from "../parley-context.tsx";
import { useNameOf } from "../people/people-book.ts";

/** Longer messages are cut when read out: the whole stands in the timeline. */
const SPOKEN_CHARS = 240;

/** Reads out what others write in the open chat, or in its open thread, politely and nothing else. */
export function Arrivals({ chat_id, thread_seq }: { chat_id: string; thread_seq?: number }) {
  const { t } = useTranslation();
  const client = useParley();
  const nameOf = useNameOf();
  const [lines, setLines] = useState<readonly { key: string; words: string }[]>([]);
  useEffect(
    () =>
      client.onArrival((message, chatId) => {
        if (chatId !== chat_id || message.thread_root_seq !== thread_seq || !isSaid(message)) return;
        const words = t("conversation.arrived", {
          name: nameOf(message.sender_id, message.sender_name),
          text: excerpt(messageWords(t, message), SPOKEN_CHARS),
        });
        setLines((old) => [...old.slice(-4), { key: message.key, words }]);
      }),
    [client, chat_id, thread_seq, t, nameOf],
  );
  return (
    <div className="visually-hidden" role="status" aria-live="polite" aria-relevant="additions" data-arrivals>
      {lines.map((line) => (
        <p key={line.key}>{line.words}</p>
      ))}
    </div>
  );
}
