import {
  type KeyboardEvent,
  type MouseEvent,
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
import { isSaid } from "../message-words.ts";
import { usePreferences } from "../preferences.ts";
import { showToast } from "../toasts.ts";
import { useFresh } from "./fresh-rows.ts";
import { JumpButton } from "./jump-button.tsx";
import { type RowVerbs, RowVerbsContext } from "./row-verbs.ts";
import { RowView, StickyDay } from "./row-view.tsx";
import { buildRows } from "./rows.ts";
import { useScroll } from "./scroll.ts";
import { useStagedRows } from "./staged-rows.ts";
import { useSwipe } from "./swipe.ts";
import "./timeline.css";
import { copySource } from "./copied-source.ts";
import type { ViewCounter } from "./views.ts";

/** What a jump has led to is marked for this long. */
const TARGET_MS = 1_600;

/** What can be done with a message by a key of its own. */
export type MessageKey =
  | "copy"
  | "link"
  | "delete"
  | "reply"
  | "edit"
  | "react"
  | "pin"
  | "forward"
  | "save"
  | "thread"
  | "votes"
  | "select";
const KEY_OF: Record<string, MessageKey> = {
  c: "copy",
  l: "link",
  Delete: "delete",
  Backspace: "delete",
  r: "reply",
  e: "edit",
  "+": "react",
  p: "pin",
  f: "forward",
  s: "save",
  t: "thread",
  x: "select",
};

/** What the timeline asks of the engine: a chat's handle has it all, a thread gives its own pages. */
export type TimelineSource = Pick<ChatHandle, "loadOlder" | "loadNewer" | "jumpTo" | "markRead" | "retry">;

export interface TimelineApi {
  /** Brings a message into sight and marks it for a moment. */
  jump: (seq: number, keepsFocus?: boolean) => void;
}

export interface TimelineProps {
  ref: Ref<TimelineApi>;
  handle: TimelineSource;
  screen: ChatScreen;
  my_id: string;
  views?: ViewCounter | undefined;
  /** Keys of the messages that are chosen, while several are. */
  selected: ReadonlySet<string> | undefined;
  /** Chooses a message, or no longer; a stretch of them from the last one with `isRange`. */
  onSelect: (message: TimelineMessage, isRange: boolean) => void;
  onVote: (message: TimelineMessage, optionIds: readonly number[]) => void;
  onWriteTo: (userId: string) => void;
  /** A name or picture was pressed. */
  onPerson: (userId: string) => void;
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
  const { ref, handle, screen, my_id, views, selected, onSelect, onMenu, onKey, onLeave } = props;
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
    (seq: number, keepsFocus = false) => {
      const there = (key: string): void => {
        setActiveKey(key);
        setTargetKey(key);
        clearTimeout(targetTimer.current);
        targetTimer.current = setTimeout(() => setTargetKey(undefined), TARGET_MS);
        if (!keepsFocus) focusRow(scroller.current, key);
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
    const here: MenuPlace = { x: 0, y: 0, origin: document.body };
    return {
      my_id,
      views,
      vote: (key, optionIds) => withMessage(key, (message) => latest.current.onVote(message, optionIds)),
      showVotes: (key) => withMessage(key, (message) => latest.current.onKey(message, "votes", here)),
      openThread: (key) => withMessage(key, (message) => latest.current.onKey(message, "thread", here)),
      writeTo: (userId) => latest.current.onWriteTo(userId),
      openMenu: (key, button) => withMessage(key, (message) => latest.current.onMenu(message, at(button))),
      openReactions: (key, button) => withMessage(key, (message) => latest.current.onKey(message, "react", at(button))),
      reply: (key) => withMessage(key, (message) => latest.current.onKey(message, "reply", here)),
      retry: (clientMsgId) => void handle.retry(clientMsgId),
      setReaction: (key, emoji, isSet) =>
        withMessage(key, (message) => latest.current.onReaction(message, emoji, isSet)),
      showHistory: (key) => withMessage(key, (message) => latest.current.onHistory(message)),
      jump,
      nameOf: (id) =>
        latest.current.screen.members.find((member) => member.user_id === id)?.display_name ?? t("notice.somebody"),
      idOf: (name) => latest.current.screen.members.find((member) => member.display_name === name)?.user_id ?? name,
    };
  }, [handle, jump, messageOf, my_id, views, t]);
  const canReply = has(screen, "write");
  const canReact = has(screen, "react");

  useSwipe(
    scroller,
    (row) => {
      const message = messageOf(row.querySelector<HTMLElement>("[data-message]")?.dataset.message);
      return message !== undefined && isSaid(message) && canReply && selected === undefined;
    },
    (row) => {
      const origin = row.querySelector<HTMLElement>("[data-message]");
      const message = messageOf(origin?.dataset.message);
      if (message !== undefined && origin !== null) onKey(message, "reply", { x: 0, y: 0, origin });
    },
  );

  /** A click that chooses: every one while several are chosen, and with Ctrl or Shift to begin. */
  function onClickCapture(event: MouseEvent<HTMLDivElement>): void {
    const isAsked = event.ctrlKey || event.metaKey || event.shiftKey;
    if ((selected === undefined && !isAsked) || !(event.target instanceof Element)) return;
    const row = event.target.closest<HTMLElement>(".message")?.querySelector<HTMLElement>("[data-message]");
    const message = messageOf(row?.dataset.message);
    // A link with a modifier is the browser's, and so is a selection of words that Shift has stretched.
    if (message === undefined || (selected === undefined && event.target.closest("a, button") !== null)) return;
    if (selected === undefined && event.shiftKey && getSelection()?.isCollapsed === false) getSelection()?.empty();
    event.preventDefault();
    event.stopPropagation();
    setActiveKey(message.key);
    onSelect(message, event.shiftKey);
  }

  function focusMessage(index: number): void {
    const row = rows[index];
    if (row?.type !== "message") return;
    setActiveKey(row.key);
    scroll.toRow(row.key, "nearest");
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
        if (selected !== undefined) {
          onSelect(message, event.shiftKey);
          break;
        }
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
          onClickCapture={onClickCapture}
          onClick={(event) => {
            const person = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-person]") : null;
            const id = person?.dataset.person;
            if (id !== undefined) props.onPerson(id);
          }}
          onCopy={(event) => {
            if (copySource(event.currentTarget, event.clipboardData)) event.preventDefault();
          }}
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
            onScrollEnd={scroll.onScrollEnd}
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
                is_selected={selected?.has(row.key)}
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

/** Rows just outside exist only after the scroll has been drawn, on a slow machine some frames later. */
function focusRow(scroller: HTMLElement | null, key: string, frames = 12): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const row = scroller?.querySelector<HTMLElement>(`[data-message="${CSS.escape(key)}"]`);
      if (row) row.focus({ preventScroll: true });
      else if (frames > 0) focusRow(scroller, key, frames - 2);
    }),
  );
}
