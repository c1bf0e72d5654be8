import { allows, type Right } from "../../../src/domain/rights.ts";
import type { ChatScreen, MessageRef, TimelineMessage } from "../../sync/client.ts";
import { isSaid } from "../message-words.ts";

/** What a person may do to a message, as far as this device knows; the server has the last word. */
export interface MessageAbilities {
  can_reply: boolean;
  /** Answer in its thread, or look at it. */
  can_thread: boolean;
  can_edit: boolean;
  can_react: boolean;
  can_pin: boolean;
  can_forward: boolean;
  can_remind: boolean;
  can_close_poll: boolean;
  can_hide: boolean;
  can_delete: boolean;
}

/** How a verb names a message: by its number, or while it is queued by its writer's id for it. */
export const refOf = (message: TimelineMessage): MessageRef | undefined => message.seq ?? message.client_msg_id;

/** Whether the person has a right in this chat; not before the chat is known. */
export const has = ({ chat, me }: ChatScreen, right: Right): boolean =>
  chat !== undefined && me !== undefined && allows(chat, me.role, right);

/** `at`: the present in epoch milliseconds; a text may be changed for a while only. */
export function abilitiesOf(message: TimelineMessage, screen: ChatScreen, at: number): MessageAbilities {
  const isThere = isSaid(message);
  const isStored = isThere && message.seq !== undefined;
  // What waits in the outbox can be spoken of already; what has failed waits for its writer first.
  const isNamed = isThere && refOf(message) !== undefined && message.state !== "failed";
  const isOpenPoll = message.poll !== undefined && !message.poll.is_closed;
  return {
    can_reply: isNamed && has(screen, "write"),
    can_thread:
      isStored && message.thread_root_seq === undefined && (has(screen, "write") || message.thread !== undefined),
    can_edit: isNamed && message.kind === "text" && message.is_own && isEditable(message, screen, at),
    can_react: isNamed && has(screen, "react"),
    can_pin: isStored && has(screen, "pin"),
    can_forward: isStored && message.message_id !== undefined,
    can_remind: isStored,
    can_close_poll: isStored && isOpenPoll && (message.is_own || has(screen, "delete_others")),
    can_hide: message.seq !== undefined && (isThere || message.kind === "deleted"),
    can_delete: isNamed && (message.is_own || (isStored && has(screen, "delete_others"))),
  };
}

/** What is not stored yet has no time to run out of; new words wait behind it. */
function isEditable(
  { seq, editable_until, forwarded_from }: TimelineMessage,
  { chat }: ChatScreen,
  at: number,
): boolean {
  if (seq === undefined) return forwarded_from === undefined && chat !== undefined && chat.settings.edit_window_s !== 0;
  return editable_until !== undefined && at < editable_until;
}

/** The message that Arrow up in an empty composer changes: the last own one, if it still may be. */
export function lastEditable(screen: ChatScreen, at: number): TimelineMessage | undefined {
  const last = screen.messages.findLast((message) => message.is_own && message.kind === "text");
  return last !== undefined && !screen.has_newer && abilitiesOf(last, screen, at).can_edit ? last : undefined;
}
