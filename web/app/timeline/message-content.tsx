import { Timer, Trash2 } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Sticker } from "../../stickers/sticker.tsx";
import type { TimelineMessage } from "../../sync/client.ts";
import { messageWords, stickerWords } from "../message-words.ts";
import { ContactCard } from "./contact-card.tsx";
import { PlaceCard } from "./place-card.tsx";
import { PollCard } from "./poll-card.tsx";
import { richText } from "./rich-text.tsx";
import { useRowVerbs } from "./row-verbs.ts";

const STICKER_PX = 148;

/** What a message says or shows, by its kind. */
export function MessageContent({
  row_key,
  message,
  is_active,
  can_react,
}: {
  row_key: string;
  message: TimelineMessage;
  is_active: boolean;
  can_react: boolean;
}) {
  const { t } = useTranslation();
  const { my_id } = useRowVerbs();
  const { kind, text, mentions } = message;
  const rich = useMemo(
    () => (kind === "text" ? richText(text ?? "", mentions, my_id) : undefined),
    [kind, text, mentions, my_id],
  );
  if (rich !== undefined) return rich;
  if (kind === "poll" && message.poll !== undefined)
    return <PollCard row_key={row_key} poll={message.poll} is_active={is_active} can_vote={can_react} />;
  if (kind === "location" && message.location !== undefined)
    return <PlaceCard place={message.location} is_active={is_active} />;
  if (kind === "contact" && message.contact !== undefined)
    return <ContactCard contact={message.contact} is_active={is_active} />;
  if (kind === "sticker" && message.sticker_id !== undefined)
    return <Sticker id={message.sticker_id} size={STICKER_PX} label={stickerWords(t, message.sticker_id)} />;
  if (kind !== "deleted") return messageWords(t, message);
  return (
    <>
      {message.is_expired ? (
        <Timer className="bubble-deleted-icon" aria-hidden="true" />
      ) : (
        <Trash2 className="bubble-deleted-icon" aria-hidden="true" />
      )}
      {messageWords(t, message)}
    </>
  );
}
