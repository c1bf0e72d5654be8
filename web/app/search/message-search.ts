import { useCallback, useEffect, useRef, useState } from "react";
import type { SendableType } from "../../../src/protocol/content.ts";
import type { SearchHit, SearchQuery } from "../../../src/protocol/search-routes.ts";
import { useParley } from "../parley-context.tsx";

const PAUSE_MS = 200;

/** What narrows a search, as the person chose it. Dates are days of the device: "2026-11-21". */
export interface SearchFilters {
  from?: { user_id: string; name: string };
  in?: { chat_id: string; name: string };
  after?: string;
  before?: string;
  has?: "link" | "mention";
  message_type?: SendableType;
  order: "newest" | "best";
}

export const NO_FILTERS: SearchFilters = { order: "newest" };

/** Does anything but the words narrow it? */
export const isNarrowed = (filters: SearchFilters): boolean => Object.keys(filters).some((key) => key !== "order");

export interface MessageSearch {
  status: "idle" | "searching" | "done" | "failed";
  hits: readonly SearchHit[];
  /** Set while there are more. */
  next_cursor?: string | undefined;
  is_partial?: boolean | undefined;
  is_loading_more?: boolean;
  thrown?: unknown;
}

const IDLE: MessageSearch = { status: "idle", hits: [] };

/** The beginning of a day of this device, `days` later, on the wire. */
function dayStart(date: string, days: number): string | undefined {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  const at = new Date(year, month - 1, day + days);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

export function queryOf(words: string, filters: SearchFilters): Partial<SearchQuery> {
  const after = filters.after === undefined ? undefined : dayStart(filters.after, 0);
  const before = filters.before === undefined ? undefined : dayStart(filters.before, 1);
  return {
    q: words,
    order: filters.order,
    ...(filters.from === undefined ? {} : { from: filters.from.user_id }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
    ...(filters.has === undefined ? {} : { has: filters.has }),
    ...(filters.message_type === undefined ? {} : { message_type: filters.message_type }),
  };
}

/** One Latin letter finds everything and says nothing; one Chinese character may be a word. */
const isEnough = (words: string): boolean => words.length > 1 || /[^\p{ASCII}]/u.test(words);

/**
 * Finds messages while somebody types: in one chat, or in all. What was found for the words before stays in sight until
 * there is news; an answer that comes too late is dropped.
 */
export function useMessageSearch(
  words: string,
  filters: SearchFilters,
  chatId?: string,
): MessageSearch & { more: () => void } {
  const client = useParley();
  const [search, setSearch] = useState<MessageSearch>(IDLE);
  const wanted = words.trim();
  const question = JSON.stringify([wanted, filters, chatId]);
  const asked = useRef("");

  const ask = useCallback(
    (text: string, cursor?: string) => {
      const [q, chosen, chat] = JSON.parse(text) as [string, SearchFilters, string | null];
      const query = { ...queryOf(q, chosen), ...(cursor === undefined ? {} : { cursor }) };
      if (chat !== null) return client.server.ask("searchChat", { params: { id: chat }, query });
      return client.server.ask("search", {
        query: { ...query, ...(chosen.in === undefined ? {} : { in: chosen.in.chat_id }) },
      });
    },
    [client],
  );

  useEffect(() => {
    asked.current = question;
    const [q, chosen] = JSON.parse(question) as [string, SearchFilters];
    if (!isEnough(q) && !isNarrowed(chosen)) {
      setSearch(IDLE);
      return;
    }
    setSearch((old) => ({ ...old, status: "searching" }));
    const isCurrent = (): boolean => asked.current === question;
    const timer = setTimeout(() => {
      ask(question).then(
        ({ hits, next_cursor, is_partial }) =>
          isCurrent() && setSearch({ status: "done", hits, next_cursor, is_partial }),
        (thrown: unknown) => isCurrent() && setSearch({ status: "failed", hits: [], thrown }),
      );
    }, PAUSE_MS);
    return () => {
      asked.current = "";
      clearTimeout(timer);
    };
  }, [ask, question]);

  const more = (): void => {
    const { next_cursor, is_loading_more } = search;
    if (next_cursor === undefined || is_loading_more) return;
    setSearch((old) => ({ ...old, is_loading_more: true }));
    const isCurrent = (): boolean => asked.current === question;
    ask(question, next_cursor).then(
      (page) =>
        isCurrent() &&
        setSearch((old) => ({
          status: "done",
          hits: [...old.hits, ...page.hits],
          next_cursor: page.next_cursor,
          is_partial: page.is_partial,
        })),
      (thrown: unknown) => isCurrent() && setSearch((old) => ({ ...old, is_loading_more: false, thrown })),
    );
  };
  return { ...search, more };
}
