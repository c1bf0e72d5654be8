import { newClientMsgId } from "../../protocol/ids.ts";
import type { Message } from "../../protocol/message.ts";
import type { Env } from "../env.ts";
import type { Handlers } from "../handler.ts";
import { askChat, askHub } from "../object-call.ts";

/** What people set for themselves alone: their hub's business, whatever the chat is. */
export const PERSONAL: Handlers<"setChatState"> = {
  async setChatState({ env, caller }, { params, body }) {
    // Fixed before the first call, so that a call tried again is the same command.
    const { command_id = newClientMsgId(), ...change } = body;
    return askHub(env, caller.user_id, (hub) => hub.setChatState(params.id, command_id, change));
  },
};

/** Deletes a message for one person. Answers what they see of it from now on: a stub that keeps the number. */
export async function hideMessage(
  env: Env,
  userId: string,
  { chat_id, seq }: { chat_id: string; seq: number },
): Promise<Message> {
  const message = await askChat(env, chat_id, (chat) => chat.message(userId, seq));
  const command = newClientMsgId();
  await askHub(env, userId, (hub) => hub.hideMessages(chat_id, command, [seq], true));
  const { message_id, rev, sender_id, message_type, created_at } = message;
  return { ...{ message_id, chat_id, seq, rev, sender_id, message_type, created_at }, content: null, is_hidden: true };
}
