import {
  type KeyboardEvent,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import type { ChatHandle, ChatScreen, TimelineMessage } from "../../sync/client.ts";
import type { MenuPlace } from "../../ui/action-menu.tsx";
import { useMenuRequest } from "../../ui/menu-request.ts";
import { has } from "../conversation/message-abilities.ts";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { noticeWords } from "../notice-words.ts";
import { usePreferences } from "../preferences.ts";
import { showToast } from "../toasts.ts";
import { JumpButton } from "./jump-button.tsx";
import { MessageRow, NameRow } from "./message-row.tsx";
import { type RowVerbs, RowVerbsContext } from "./row-verbs.ts";
import { buildRows, type Row } from "./rows.ts";
import { useScroll } from "./scroll.ts";
import { useStagedRows } from "./staged-rows.ts";
import "./timeline.css";

/** A message counts as fresh, and rises, this long after it came. */
const FRESH_MS = 400;
/** What a jump has led to is marked for this long. */
const TARGET_MS = 1_600;

/** What can be done with a message by a key of its own. */
export type MessageKey = "copy" | "delete" | "reply" | "edit" | "react" | "pin" | "forward";
const KEY_OF: Record<string, MessageKey> = {
  c: "copy",
  Delete: "delete",
  Backspace: "delete",
  r: "reply",
  e: "edit",
  "+": "react",
  p: "pin",
  f: "forward",
};

export interface TimelineApi {
  /** Brings a message into sight and marks it for a moment. */
  jump: (seq: number) => void;
}

export interface TimelineProps {
  ref: Ref<TimelineApi>;
  handle: ChatHandle;
  screen: ChatScreen;
  my_id: string;
  onMenu: (message: TimelineMessage, place: MenuPlace) => void;
  /** Keys pressed on a message. */
  onKey: (message: TimelineMessage, key: MessageKey, place: MenuPlace) => void;
  onReaction: (message: TimelineMessage, emoji: string, isSet: boolean) => void;
  onHistory: (message: TimelineMessage) => void;
  /** Esc: back to writing. */
  onLeave: () => void;
}

/** The conversation as a virtual list: only what is in sight exists, and what is in sight never moves by itself. */
export function Timeline(props: TimelineProps) {
  const { ref, handle, screen, my_id, onMenu, onKey, onLeave } = props;
  const { t } = useTranslation();
  const { own_side } = usePreferences();
  const hasNames = screen.peer_id === undefined;
  const { messages, has_older, has_newer, first_unread_seq } = screen;
  const wanted = useMemo(
    () => buildRows({ messages, has_older, has_newer, first_unread_seq, has_names: hasNames }),
    [messages, has_older, has_newer, first_unread_seq, hasNames],
  );
  const { rows, is_shift, generation } = useStagedRows(wanted);
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const scroll = useScroll({ handle, screen, rows, generation, list, scroller });
  const fresh = useFresh(rows, generation);
  const [activeKey, setActiveKey] = useState<string | undefined>(undefined);

  const lastKey = rows.findLast((row) => row.type === "message")?.key;
  const activeIndex = rows.findIndex((row) => row.key === (activeKey ?? lastKey) && row.type === "message");
  const tabKey = activeIndex < 0 ? lastKey : (activeKey ?? lastKey);

  const byKey = useRef(rows);
  byKey.current = rows;
  const messageOf = useCallback((key: string | undefined): TimelineMessage | undefined => {
    const row = byKey.current.find((one) => one.key === key);
    return row?.type === "message" ? row.message : undefined;
  }, []);

  const menuRequest = useMenuRequest("[data-message]", (article, place) => {
    const message = messageOf(article.dataset.message);
    if (message !== undefined) onMenu(message, place);
  });
  const [targetKey, setTargetKey] = useState<string | undefined>(undefined);
  const targetTimer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(targetTimer.current), []);
  const { toMessage } = scroll;
  const jump = useCallback(
    (seq: number) => {
      const there = (key: string): void => {
        setActiveKey(key);
        setTargetKey(key);
        clearTimeout(targetTimer.current);
        targetTimer.current = setTimeout(() => setTargetKey(undefined), TARGET_MS);
        focusRow(scroller.current, key);
      };
      toMessage(seq, there).catch((thrown: unknown) =>
        showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
      );
    },
    [toMessage, t],
  );
  useImperativeHandle(ref, () => ({ jump }), [jump]);

  const latest = useRef(props);
  latest.current = props;
  const verbs = useMemo((): RowVerbs => {
    const at = (button: HTMLElement): MenuPlace => {
      const rect = button.getBoundingClientRect();
      return { x: rect.x, y: rect.bottom, origin: button.closest<HTMLElement>("[data-message]") ?? button };
    };
    const withMessage = (key: string, run: (message: TimelineMessage) => void): void => {
      const message = messageOf(key);
      if (message !== undefined) run(message);
    };
    return {
      openMenu: (key, button) => withMessage(key, (message) => latest.current.onMenu(message, at(button))),
      openReactions: (key, button) => withMessage(key, (message) => latest.current.onKey(message, "react", at(button))),
      reply: (key) =>
        withMessage(key, (message) => latest.current.onKey(message, "reply", { x: 0, y: 0, origin: document.body })),
      retry: (clientMsgId) => void handle.retry(clientMsgId),
      setReaction: (key, emoji, isSet) =>
        withMessage(key, (message) => latest.current.onReaction(message, emoji, isSet)),
      showHistory: (key) => withMessage(key, (message) => latest.current.onHistory(message)),
      jump,
      nameOf: (id) =>
        latest.current.screen.members.find((member) => member.user_id === id)?.display_name ?? t("notice.somebody"),
      idOf: (name) => latest.current.screen.members.find((member) => member.display_name === name)?.user_id ?? name,
    };
  }, [handle, jump, messageOf, t]);
  const canReply = has(screen, "write");
  const canReact = has(screen, "react");

  function focusMessage(index: number): void {
    const row = rows[index];
    if (row?.type !== "message") return;
    setActiveKey(row.key);
    list.current?.scrollToIndex(index, { align: "nearest" });
    focusRow(scroller.current, row.key);
  }

  function step(from: number, by: 1 | -1): void {
    let index = from + by;
    while (index >= 0 && index < rows.length && rows[index]?.type !== "message") index += by;
    if (index >= 0 && index < rows.length) focusMessage(index);
    else if (by > 0) onLeave();
  }

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    menuRequest.onKeyDown(event);
    if (event.defaultPrevented || !(event.target instanceof HTMLElement)) return;
    const key = event.target.dataset.message;
    const index = rows.findIndex((row) => row.key === key);
    const message = messageOf(key);
    if (message === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const done = (): void => {
      event.preventDefault();
      event.stopPropagation();
    };
    switch (event.key) {
      case "ArrowUp":
        done();
        step(index, -1);
        break;
      case "ArrowDown":
        done();
        step(index, 1);
        break;
      case "Home":
        done();
        step(-1, 1);
        break;
      case "End":
        done();
        step(rows.length, -1);
        break;
      case "Enter":
      case " ": {
        done();
        const rect = event.target.getBoundingClientRect();
        onMenu(message, { x: rect.x + 24, y: rect.y + Math.min(rect.height, 40), origin: event.target });
        break;
      }
      case "Escape":
        done();
        onLeave();
        break;
      default: {
        const action = KEY_OF[event.key];
        if (action === undefined) break;
        done();
        const rect = event.target.getBoundingClientRect();
        onKey(message, action, { x: rect.x + 24, y: rect.y + Math.min(rect.height, 40), origin: event.target });
      }
    }
  }

  return (
    <RowVerbsContext value={verbs}>
      <div className="timeline-frame">
        <div
          ref={scroller}
          className="timeline"
          role="log"
          // What is new is read out by the live region of the conversation; rows that scroll into being are not news.
          aria-live="off"
          aria-label={t("conversation.log", { name: screen.title })}
          aria-busy={screen.status === "loading"}
          data-own-side={own_side}
          {...menuRequest}
          onKeyDown={onKeyDown}
          onFocus={(event) => {
            if (event.target.dataset.message !== undefined) setActiveKey(event.target.dataset.message);
          }}
        >
          <div className="timeline-spring" />
          <Virtualizer
            key={generation}
            ref={list}
            scrollRef={scroller}
            shift={is_shift}
            bufferSize={600}
            data={rows}
            {...(activeIndex < 0 ? {} : { keepMounted: [activeIndex] })}
            onScroll={scroll.onScroll}
            onResize={scroll.onResize}
          >
            {(row) => (
              <RowView
                key={row.key}
                row={row}
                screen={screen}
                my_id={my_id}
                has_avatar={hasNames}
                is_active={row.key === tabKey}
                is_fresh={fresh.has(row.key)}
                is_target={row.key === targetKey}
                can_reply={canReply}
                can_react={canReact}
              />
            )}
          </Virtualizer>
        </div>
        <StickyDay at={scroll.sticky_day} />
        <JumpButton is_shown={scroll.is_away} unread={screen.unread} onPress={scroll.toLatest} />
      </div>
    </RowVerbsContext>
  );
}

/** Rows just outside exist only after the scroll has been drawn. */
function focusRow(scroller: HTMLElement | null, key: string): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      scroller?.querySelector<HTMLElement>(`[data-message="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
    }),
  );
}

interface RowViewProps {
  row: Row;
  screen: ChatScreen;
  my_id: string;
  has_avatar: boolean;
  is_active: boolean;
  is_fresh: boolean;
  is_target: boolean;
  can_reply: boolean;
  can_react: boolean;
}

function RowView({ row, screen, my_id, ...rest }: RowViewProps) {
  const { t } = useTranslation();
  switch (row.type) {
    case "message":
      return <MessageRow row={row} {...rest} />;
    case "name":
      return <NameRow user_id={row.user_id} name={row.name} />;
    case "day":
      return <DayChip at={row.at} />;
    case "unread":
      return <p className="timeline-unread">{t("conversation.new")}</p>;
    case "notice":
      return <Notice message={row.message} screen={screen} my_id={my_id} />;
    case "older":
    case "newer":
      return (
        <div className="timeline-more">
          <span className="timeline-spinner" role="img" aria-label={t("conversation.older")} />
        </div>
      );
  }
}

function DayChip({ at }: { at: number }) {
  const formats = useFormats();
  return (
    <div className="timeline-day">
      <span className="chip">{formats.day(at)}</span>
    </div>
  );
}

/** The day of what is at the top, while its own chip is out of sight. Decoration: the chips say it to all. */
function StickyDay({ at }: { at: number | undefined }) {
  const formats = useFormats();
  const [shown, setShown] = useState(at);
  useEffect(() => {
    if (at !== undefined) setShown(at);
  }, [at]);
  return (
    <div className="timeline-sticky" data-shown={at !== undefined || undefined} aria-hidden="true">
      {shown !== undefined && <span className="chip">{formats.day(at ?? shown)}</span>}
    </div>
  );
}

function Notice({ message, screen, my_id }: { message: TimelineMessage; screen: ChatScreen; my_id: string }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const nameOf = (id: string): string | undefined =>
    screen.members.find((member) => member.user_id === id)?.display_name ??
    (id === message.sender_id && message.sender_name !== "" ? message.sender_name : undefined);
  const words =
    message.kind === "hidden" || message.notice === undefined
      ? t("message.hidden")
      : noticeWords(message.notice, { t, formats, my_id, nameOf });
  return (
    <div className="timeline-notice">
      <span className="chip" title={formats.full(message.created_at)}>
        {words}
      </span>
    </div>
  );
}

/** Keys that joined at the end lately, so that they may rise into place; nothing is fresh in a list that is new. */
function useFresh(rows: readonly Row[], generation: number): ReadonlySet<string> {
  const seen = useRef<{ generation: number; last: string | undefined }>({ generation: -1, last: undefined });
  const fresh = useRef(new Map<string, number>());
  const last = rows.findLast((row) => row.type === "message" || row.type === "notice")?.key;
  if (seen.current.generation !== generation) {
    fresh.current.clear();
  } else if (last !== undefined && last !== seen.current.last && seen.current.last !== undefined) {
    const from = rows.findIndex((row) => row.key === seen.current.last);
    const now = performance.now();
    if (from >= 0 && rows.length - from < 12) for (const row of rows.slice(from + 1)) fresh.current.set(row.key, now);
  }
  seen.current = { generation, last };
  const now = performance.now();
  for (const [key, at] of fresh.current) if (now - at > FRESH_MS) fresh.current.delete(key);
  return new Set(fresh.current.keys());
}
