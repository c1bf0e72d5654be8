import { and, desc, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import type { ChatCard } from "../protocol/entry-routes.ts";
import type { Database } from "./database.ts";
import { MOST_LOOKED_AT } from "./directory.ts";
import { chat, chatMember, chatWord } from "./schema.ts";
import { prefixesOf } from "./words.ts";

/** Sorts after every word that begins with the same characters. */
const LAST = "\u{10FFFF}";

/** Where a page of the directory ends: the list goes by these two, downward. */
export interface DirectoryPlace {
  member_count: number;
  chat_id: string;
}

/** Finding public chats. */
export class ChatDirectory {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Public groups and channels, the largest first; those with a word in their name for each beginning in `query`. Of a
   * beginning that very many have, only so many are looked at: typing more finds the others. `standing` is as far as D1
   * knows it: a member, or a stranger. Of strangers to the chats in `unsure` it may be more: they were in it once, and may
   * be kept out, or have to ask, and may have done so.
   */
  async page(
    reader: string,
    ask: {
      query: string;
      type?: "group" | "channel" | undefined;
      limit: number;
      after?: DirectoryPlace | undefined;
    },
  ): Promise<{ chats: ChatCard[]; unsure: Set<string>; next?: DirectoryPlace }> {
    const conditions: (SQL | undefined)[] = [
      eq(chat.is_listed, true),
      ask.type && eq(chat.type, ask.type),
      ask.after && sql`(${chat.member_count}, ${chat.id}) < (${ask.after.member_count}, ${ask.after.chat_id})`,
      ...prefixesOf(ask.query).map((prefix) => sql`${chat.id} IN (${this.#withWord(prefix)})`),
    ];
    const rows = await this.#db
      .select({
        chat_id: chat.id,
        chat_type: chat.type,
        name: chat.name,
        description: chat.description,
        member_count: chat.member_count,
        needs_approval: chat.needs_approval,
        member_id: chatMember.user_id,
        removed_at: chatMember.removed_at,
      })
      .from(chat)
      .leftJoin(chatMember, and(eq(chatMember.chat_id, chat.id), eq(chatMember.user_id, reader)))
      .where(and(...conditions))
      .orderBy(desc(chat.member_count), desc(chat.id))
      .limit(ask.limit + 1);
    const unsure = new Set<string>();
    const chats = rows.slice(0, ask.limit).map(({ member_id, removed_at, ...card }): ChatCard => {
      const isIn = member_id !== null && removed_at === null;
      if (!isIn && (member_id !== null || card.needs_approval)) unsure.add(card.chat_id);
      return { ...card, standing: isIn ? "member" : "stranger" };
    });
    const last = chats.at(-1);
    return { chats, unsure, ...(rows.length > ask.limit && last ? { next: last } : {}) };
  }

  #withWord(prefix: string) {
    return this.#db
      .select({ chat_id: chatWord.chat_id })
      .from(chatWord)
      .where(and(gte(chatWord.word, prefix), lt(chatWord.word, prefix + LAST)))
      .limit(MOST_LOOKED_AT);
  }
}
