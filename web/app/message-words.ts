import type { TFunction } from "i18next";
import { plainWords } from "../../src/domain/markup.ts";
import type { Preview } from "../../src/protocol/chat.ts";
import type { SendableContent } from "../../src/protocol/content.ts";
import { STICKERS } from "../../src/protocol/stickers.ts";
import type { TimelineMessage } from "../sync/client.ts";

const KINDS = ["text", "location", "contact", "poll", "sticker"] as const;

type Said = Pick<
  TimelineMessage,
  "kind" | "text" | "poll" | "location" | "contact" | "sticker_id" | "is_own" | "is_expired"
>;

/** What a sticker shows, in the reader's language. */
export function stickerWords(t: TFunction, id: string | undefined): string {
  const known = STICKERS.find((one) => one.sticker_id === id);
  return known === undefined ? t("kind.sticker") : t(`stickers.${known.sticker_id}`);
}

/** A message in words, for where it is not drawn: lists, quotes, what is read out. Marks of markup are left out. */
export function messageWords(t: TFunction, message: Said): string {
  const { text = "" } = message;
  switch (message.kind) {
    case "text":
      return plainWords(text);
    case "poll":
      return t("kind.poll_of", { question: message.poll?.question ?? text });
    case "location": {
      const label = message.location?.label ?? text;
      return label === "" ? t("kind.location") : t("kind.location_of", { label });
    }
    case "contact":
      return t("kind.contact_of", { name: message.contact?.name ?? text });
    case "sticker":
      return message.sticker_id === undefined
        ? t("kind.sticker")
        : t("kind.sticker_of", { label: stickerWords(t, message.sticker_id) });
    case "deleted":
      return message.is_expired ? t("message.expired") : t(message.is_own ? "message.deleted_own" : "message.deleted");
    case "hidden":
      return t("message.hidden");
    case "notice":
      return "";
  }
}

/** Kinds that people send. */
export const isSaid = (message: { kind: TimelineMessage["kind"] }): boolean =>
  message.kind !== "notice" && message.kind !== "hidden" && message.kind !== "deleted";

/** The same of a content that is no message yet. */
export function contentWords(t: TFunction, content: SendableContent): string {
  if ("text" in content) return plainWords(content.text);
  if ("question" in content) return t("kind.poll_of", { question: content.question });
  if ("sticker_id" in content) return t("kind.sticker_of", { label: stickerWords(t, content.sticker_id) });
  if ("latitude" in content)
    return content.label === undefined ? t("kind.location") : t("kind.location_of", { label: content.label });
  return t("kind.contact_of", { name: content.name });
}

/** The line of the chat list about a message; empty for one that was deleted. */
export function previewWords(t: TFunction, { message_type, text, is_deleted }: Preview): string {
  if (is_deleted) return "";
  const kind = KINDS.find((one) => one === message_type);
  // These may have no words of their own; the others, told by an older server, have none only when they are deleted.
  const isMute = kind === "sticker" || kind === "location";
  if (kind === undefined || (text === "" && !isMute)) return text;
  return messageWords(t, { kind, text, is_own: false });
}
