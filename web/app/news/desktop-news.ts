import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { excerpt } from "../../../src/domain/text.ts";
import type { Reminder } from "../../../src/protocol/chat.ts";
import type { InboxLine } from "../../sync/client.ts";
import { useTitleOf } from "../chat-list/chat-title.ts";
import { jumpToNumber } from "../jump-request.ts";
import { previewWords } from "../message-words.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { useOwnPresence } from "../people/own-presence.ts";
import { usePreferences } from "../preferences.ts";
import { navigate, threadRoute } from "../route.ts";
import { Attention } from "./attention.ts";
import { newsOf } from "./line-news.ts";

const BODY_CHARS = 140;

/** What the browser lets this page show beside itself. */
export type DesktopPermission = NotificationPermission | "unsupported";
export const desktopPermission = (): DesktopPermission =>
  "Notification" in window ? Notification.permission : "unsupported";

/** Notifications that stand on the desktop, one for each chat: they go when the chat is read, or when somebody looks. */
class Board {
  readonly #shown = new Map<string, Notification>();

  /** @param about a chat, or a reminder in it */
  show(about: string, title: string, body: string, onPress: () => void): void {
    try {
      // With the tag a newer one takes the place of the older, also of another tab's.
      const shown = new Notification(title, { body, tag: `parley ${about}`, icon: "/icon-192.png" });
      shown.onclick = () => {
        window.focus();
        shown.close();
        onPress();
      };
      this.#shown.set(about, shown);
    } catch {
      // Some phones show notifications through a service worker alone.
    }
  }

  take(chatId: string): void {
    this.#shown.get(chatId)?.close();
    this.#shown.delete(chatId);
  }

  clear(): void {
    for (const chatId of [...this.#shown.keys()]) this.take(chatId);
  }
}

/**
 * Tells whoever has Parley open and looks elsewhere what has come, if they wish it on this device: never while they do not
 * want to be disturbed, and of muted chats only what names them.
 */
export function useDesktopNews(my_id: string): void {
  const { t } = useTranslation();
  const client = useParley();
  const { lines, status } = useReadable(client.inbox);
  const { presence } = useOwnPresence();
  const { has_desktop_news, has_news_words } = usePreferences();
  const titleOf = useTitleOf(my_id);
  const known = useRef<ReadonlyMap<string, InboxLine> | undefined>(undefined);
  const board = useRef(new Board());
  const attention = useRef<Attention | undefined>(undefined);
  useEffect(() => {
    const watching = new Attention(() => board.current.clear());
    attention.current = watching;
    return () => {
      watching.close();
      board.current.clear();
    };
  }, []);

  const isWanted = has_desktop_news && presence?.state !== "do_not_disturb";
  useEffect(() => {
    if (status !== "ready") return;
    const before = known.current;
    known.current = new Map(lines.map((line) => [line.chat_id, line]));
    if (before === undefined) return;
    const now = Date.now();
    for (const line of lines) {
      const was = before.get(line.chat_id);
      if (was === line) continue;
      if (line.unread === 0 && line.mention_seq === undefined && !line.unread_threads) board.current.take(line.chat_id);
      const news = isWanted ? newsOf(was, line, { my_id, now }) : undefined;
      if (news === undefined || desktopPermission() !== "granted") continue;
      const { preview, chat_id } = line;
      const words =
        news.kind === "thread"
          ? t("news.thread")
          : has_news_words && preview !== undefined && preview.seq === news.seq
            ? saidBy(line, excerpt(previewWords(t, preview), BODY_CHARS))
            : t("news.new");
      const go = (): void => {
        if (news.seq === undefined) navigate(threadRoute(chat_id));
        else void jumpToNumber(client, chat_id, news.seq);
      };
      const told = attention.current;
      void told?.isNeeded().then((isNeeded) => {
        if (isNeeded) board.current.show(chat_id, titleOf(line), words, go);
      });
    }
  }, [lines, status, isWanted, has_news_words, my_id, client, titleOf, t]);

  const reminders = useReadable(client.reminders);
  const due = useRef<ReadonlySet<string> | undefined>(undefined);
  useEffect(() => {
    if (status !== "ready") return;
    const before = due.current;
    const now = reminders.filter((one) => one.is_due);
    due.current = new Set(now.map(nameOf));
    if (before === undefined || !isWanted || desktopPermission() !== "granted") return;
    for (const reminder of now) {
      const name = nameOf(reminder);
      const line = lines.find((one) => one.chat_id === reminder.chat_id);
      if (before.has(name) || line === undefined) continue;
      void attention.current?.isNeeded().then((isNeeded) => {
        if (isNeeded)
          board.current.show(name, t("remind.toast", { name: titleOf(line) }), "", () => {
            void jumpToNumber(client, reminder.chat_id, reminder.seq);
          });
      });
    }
  }, [reminders, status, isWanted, lines, client, titleOf, t]);
}

const nameOf = ({ chat_id, seq, remind_at }: Reminder): string => `${chat_id} ${seq} ${remind_at}`;

/** In a group it matters who says it. */
const saidBy = ({ preview, chat_type }: InboxLine, words: string): string =>
  chat_type === "direct" || preview === undefined ? words : `${preview.sender_name}: ${words}`;
