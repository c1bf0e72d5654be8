import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { SearchHit } from "../../../src/protocol/search-routes.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { useFormats } from "../formats-context.tsx";
import { useNameOf } from "../people/people-book.ts";
import "./search.css";
import { withoutMarks } from "./snippet.ts";

/** A text with the places that fit marked. Ranges that do not lie within it are left out. */
export function marked(snippet: string, ranges: readonly (readonly [number, number])[]): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const [offset, length] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (offset < end || length <= 0 || offset + length > snippet.length) continue;
    parts.push(snippet.slice(end, offset));
    parts.push(<mark key={offset}>{snippet.slice(offset, offset + length)}</mark>);
    end = offset + length;
  }
  parts.push(snippet.slice(end));
  return parts;
}

export interface HitRowProps {
  hit: SearchHit;
  my_id: string;
  now: number;
  /** The chat it stands in, where that is not plain. */
  chat_title?: string | undefined;
}

/** A message that was found: where, who, when, and the words around what fits. */
export function HitRow({ hit, my_id, now, chat_title }: HitRowProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const nameOf = useNameOf();
  const { message } = hit;
  const isOwn = message.sender_id === my_id;
  const plain = useMemo(() => withoutMarks(hit.snippet, hit.ranges), [hit]);
  const sender = isOwn ? t("chats.you") : nameOf(message.sender_id, hit.sender_name);
  return (
    <div className="hit-row">
      <Avatar id={message.sender_id} name={nameOf(message.sender_id, hit.sender_name)} size="small" />
      <span className="hit-words">
        <span className="hit-line">
          <OneLine className="hit-title">{chat_title ?? sender}</OneLine>
          <time className="hit-time tabular" dateTime={message.created_at}>
            {formats.listTime(Date.parse(message.created_at), now)}
          </time>
        </span>
        <span className="hit-snippet">
          {chat_title !== undefined && chat_title !== sender && <bdi className="hit-sender">{sender}: </bdi>}
          <span dir="auto">{marked(plain.text, plain.ranges)}</span>
        </span>
      </span>
    </div>
  );
}
