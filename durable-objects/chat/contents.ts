import { Fault } from "../../src/domain/fault.ts";
import { normaliseText } from "../../src/domain/text.ts";
import {
  ContactContent,
  LocationContent,
  type MessageContent,
  PollContent,
  type SendableContent,
  type SendableType,
  StickerContent,
  type TextContent,
} from "../../src/protocol/content.ts";
import { compose } from "./mentions.ts";

/** What a message says that is no text. */
type Other = Exclude<SendableContent, TextContent>;

const KINDS: Record<
  Exclude<SendableType, "text">,
  { safeParse(content: unknown): { success: true; data: Other } | { success: false } }
> = { location: LocationContent, contact: ContactContent, poll: PollContent, sticker: StickerContent };

/**
 * Content as it is stored, whatever order its fields came in: the same for a repeat (SPEC CNT1). Lines are composed like
 * texts are.
 * @throws Fault `invalid` if it is not what `message_type` says, or composing makes it too long
 */
export function composeContent(type: SendableType, content: SendableContent): SendableContent {
  if (type === "text") {
    if ("text" in content) return compose(content);
    throw new Fault("invalid");
  }
  const lines = JSON.stringify(content, (_, value) => (typeof value === "string" ? normaliseText(value) : value));
  const parsed = KINDS[type].safeParse(JSON.parse(lines));
  if (!parsed.success) throw new Fault("invalid");
  return parsed.data;
}

/** What a list says of a message on one line; empty where the reader's language says it (SPEC CNT2). */
export function lineOf(content: MessageContent): string {
  if ("text" in content) return content.text;
  if ("question" in content) return content.question;
  if ("latitude" in content) return content.label ?? "";
  // A notice may have a name, too: it is worded by the client.
  if ("name" in content && !("event" in content)) return content.name ?? "";
  return "";
}
