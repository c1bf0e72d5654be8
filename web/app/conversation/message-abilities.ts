import { can, type Right } from "../../../src/domain/rights.ts";
import type { ChatScreen, TimelineMessage } from "../../sync/client.ts";

/** What a person may do to a message, as far as this device knows; the server has the last word. */
export interface MessageAbilities {
  can_reply: boolean;
  can_edit: boolean;
  can_react: boolean;
  can_pin: boolean;
  can_hide: boolean;
  can_delete: boolean;
}

/** Whether the person has a right in this chat; not before the chat is known. */
export const has = ({ chat, me }: ChatScreen, right: Right): boolean =>
  chat !== undefined && me !== undefined && can(chat.chat_type, me.role, right);

/** `at`: the present in epoch milliseconds; a text may be changed for a while only. */
export function abilitiesOf(message: TimelineMessage, screen: ChatScreen, at: number): MessageAbilities {
  const isText = message.seq !== undefined && message.kind === "text";
  return {
    can_reply: isText && has(screen, "write"),
    can_edit: isText && message.is_own && message.editable_until !== undefined && at < message.editable_until,
    can_react: isText && has(screen, "react"),
    can_pin: isText && has(screen, "pin"),
    can_hide: message.seq !== undefined && (isText || message.kind === "deleted"),
    can_delete: isText && (message.is_own || has(screen, "delete_others")),
  };
}

/** The message that Arrow up in an empty composer changes: the last own one, if it still may be. */
export function lastEditable(screen: ChatScreen, at: number): TimelineMessage | undefined {
  const last = screen.messages.findLast((message) => message.is_own && message.kind === "text");
  return last !== undefined && !screen.has_newer && abilitiesOf(last, screen, at).can_edit ? last : undefined;
}
