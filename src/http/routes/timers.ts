import { newClientMsgId } from "../../protocol/ids.ts";
import type { Handlers } from "../handler.ts";
import { askChat, askHub } from "../object-call.ts";
import { placeOf } from "./messages.ts";

/**
 * What happens at a time. Ids of commands and messages that were not given are fixed before the first call, so that a
 * call tried again is the same command.
 */
export const TIMERS: Handlers<
  "listScheduled" | "scheduleMessage" | "changeScheduled" | "cancelScheduled" | "listReminders" | "setReminder"
> = {
  async listScheduled({ env, caller }, { params }) {
    return { messages: await askChat(env, params.id, (chat) => chat.listScheduled(caller.user_id)) };
  },

  async scheduleMessage({ env, caller }, { params, body }) {
    const { content, client_msg_id = newClientMsgId(), command_id = newClientMsgId(), ...rest } = body;
    const ask = {
      ...rest,
      client_msg_id,
      command_id,
      content: typeof content === "string" ? { text: content } : content,
    };
    return askChat(env, params.id, (chat) => chat.schedule(caller.user_id, ask));
  },

  async changeScheduled({ env, caller }, { params, body }) {
    const { content, send_at, command_id = newClientMsgId() } = body;
    const change = {
      client_msg_id: params.clientMsgId,
      command_id,
      send_at,
      content: typeof content === "string" ? { text: content } : content,
    };
    return askChat(env, params.id, (chat) => chat.changeScheduled(caller.user_id, change));
  },

  async cancelScheduled({ env, caller }, { params }) {
    const command = newClientMsgId();
    await askChat(env, params.id, (chat) => chat.cancelScheduled(caller.user_id, command, params.clientMsgId));
    return {};
  },

  async listReminders({ env, caller }) {
    return { reminders: await askHub(env, caller.user_id, (hub) => hub.reminders()) };
  },

  async setReminder({ env, caller }, { params, body }) {
    const { chat_id, seq } = placeOf(params.id);
    const { remind_at, command_id = newClientMsgId() } = body;
    // Whether there is such a message for them, the chat says.
    await askChat(env, chat_id, (chat) => chat.message(caller.user_id, seq));
    return askHub(env, caller.user_id, (hub) => hub.setReminder(chat_id, command_id, seq, remind_at));
  },
};
