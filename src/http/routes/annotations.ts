import { asFault, Fault } from "../../domain/fault.ts";
import { newClientMsgId } from "../../protocol/ids.ts";
import type { BodyOf, DataOf } from "../../protocol/rest.ts";
import type { Env } from "../env.ts";
import type { Handlers } from "../handler.ts";
import { askChat } from "../object-call.ts";
import { clearedIn, unlessCleared } from "../veil.ts";
import { placeOf } from "./messages.ts";

/**
 * What is done to a message that exists, and where else it is sent. Ids of commands that were not given are fixed before
 * the first call, so that a call tried again is the same command.
 */
export const ANNOTATIONS: Handlers<
  "editMessage" | "listEdits" | "setReaction" | "listReactions" | "pinMessage" | "listPins" | "forwardMessage"
> = {
  async editMessage({ env, caller }, { params, body }) {
    const { chat_id, seq } = placeOf(params.id);
    const { command_id = newClientMsgId(), message_rev } = body;
    const content = typeof body.content === "string" ? { text: body.content } : body.content;
    return askChat(env, chat_id, (chat) => chat.editMessage(caller.user_id, { seq, command_id, message_rev, content }));
  },

  async listEdits({ env, caller }, { params }) {
    const place = placeOf(params.id);
    const edits = askChat(env, place.chat_id, (chat) => chat.edits(caller.user_id, place.seq));
    return { edits: await unlessCleared(env, caller.user_id, place, edits) };
  },

  async setReaction({ env, caller }, { params, body }) {
    const { chat_id, seq } = placeOf(params.id);
    const { emoji, is_set, command_id = newClientMsgId() } = body;
    return askChat(env, chat_id, (chat) => chat.setReaction(caller.user_id, { seq, command_id, emoji, is_set }));
  },

  async listReactions({ env, caller }, { params }) {
    const place = placeOf(params.id);
    const reactions = askChat(env, place.chat_id, (chat) => chat.reactions(caller.user_id, place.seq));
    return { reactions: await unlessCleared(env, caller.user_id, place, reactions) };
  },

  async pinMessage({ env, caller }, { params, body }) {
    const { chat_id, seq } = placeOf(body.message_id);
    const { is_pinned, command_id = newClientMsgId() } = body;
    // Membership is of the chat in the path; a message of another is not there.
    if (chat_id !== params.id) {
      await askChat(env, params.id, (chat) => chat.pins(caller.user_id));
      throw new Fault("not_found");
    }
    return askChat(env, chat_id, (chat) => chat.setPin(caller.user_id, { seq, command_id, is_pinned }));
  },

  async listPins({ env, caller }, { params }) {
    const [pins, cleared] = await Promise.all([
      askChat(env, params.id, (chat) => chat.pins(caller.user_id)),
      clearedIn(env, caller.user_id, params.id),
    ]);
    return { messages: pins.filter(({ seq }) => seq > cleared) };
  },

  async forwardMessage({ env, caller }, { params, body }) {
    const source = placeOf(params.id);
    const results = await Promise.all(body.targets.map((target) => send(env, caller.user_id, params.id, target)));
    // Nowhere: if it is because the source cannot be read, that is the answer to the whole.
    if (results.every((result) => result.error !== undefined))
      await askChat(env, source.chat_id, (chat) => chat.message(caller.user_id, source.seq));
    return { results };
  },
};

type Target = BodyOf<"forwardMessage">["targets"][number];
type Result = DataOf<"forwardMessage">["results"][number];

/** Each target is asked for itself, and answers for itself. */
async function send(env: Env, by: string, sourceId: string, target: Target): Promise<Result> {
  const { chat_id, seen_seq, client_msg_id = newClientMsgId() } = target;
  try {
    const ask = { client_msg_id, seen_seq, source_message_id: sourceId };
    const { message } = await askChat(env, chat_id, (chat) => chat.forward(by, ask));
    return { chat_id, message };
  } catch (error) {
    const fault = asFault(error);
    if (!fault) throw error;
    return { chat_id, error: { code: fault.code, message: fault.message } };
  }
}
