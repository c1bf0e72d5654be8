import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatHandle, ChatScreen, ThreadHandle, TimelineMessage } from "../../sync/client.ts";
import { faultWords } from "../fault-words.ts";
import { useJumpRequest } from "../jump-request.ts";
import { isSaid } from "../message-words.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { useNamedScreen } from "../people/named-screen.ts";
import { showPerson } from "../people/people-dialogs.ts";
import { chatRoute, navigate } from "../route.ts";
import { Timeline, type TimelineApi, type TimelineSource } from "../timeline/timeline.tsx";
import type { ViewCounter } from "../timeline/views.ts";
import { showToast } from "../toasts.ts";
import { Arrivals } from "./arrivals.tsx";
import { Composer, type ComposerApi } from "./composer.tsx";
import type { Purpose } from "./composer-banner.tsx";
import { ComposerClosed, closedBy } from "./composer-closed.tsx";
import { abilitiesOf, lastEditable } from "./message-abilities.ts";
import { MessageActions, type MessageActionsApi } from "./message-actions.tsx";
import { type Selection, useSelection } from "./selection.ts";
import { SelectionBar } from "./selection-bar.tsx";

/** Where is talked: a chat, or a thread of it, whose messages `screen` then holds. */
export interface TalkPlace {
  handle: ChatHandle;
  screen: ChatScreen;
  my_id: string;
  thread?: { handle: ThreadHandle; root_seq: number };
}

/** Timeline, composer and what is done to messages, as one: the same in a chat and in a thread of it. */
export interface Talk extends TalkPlace {
  list: RefObject<TimelineApi | null>;
  composer: RefObject<ComposerApi | null>;
  actions: RefObject<MessageActionsApi | null>;
  /** Holds the timeline. */
  body: RefObject<HTMLDivElement | null>;
  purpose: Purpose | undefined;
  setPurpose: (purpose: Purpose | undefined) => void;
  selection: Selection;
  toComposer: () => void;
}

/** `isReady`: there is a timeline, to which somebody may ask to jump. */
export function useTalk(place: TalkPlace, isReady: boolean): Talk {
  const { screen, thread } = place;
  const list = useRef<TimelineApi>(null);
  const composer = useRef<ComposerApi>(null);
  const [purpose, setPurpose] = usePurpose(screen);
  useJumpRequest(
    screen.chat_id,
    isReady,
    useCallback((seq: number, keepsFocus: boolean) => list.current?.jump(seq, keepsFocus), []),
    thread?.root_seq,
  );
  return {
    ...place,
    list,
    composer,
    actions: useRef<MessageActionsApi>(null),
    body: useRef<HTMLDivElement>(null),
    purpose,
    setPurpose,
    selection: useSelection(screen.messages),
    toComposer: useCallback(() => composer.current?.focus(), []),
  };
}

/** What the composer is about; it ends when its message is deleted. */
function usePurpose({
  messages,
}: Pick<ChatScreen, "messages">): [Purpose | undefined, (purpose: Purpose | undefined) => void] {
  const [purpose, setPurpose] = useState<Purpose | undefined>(undefined);
  const present = purpose && messages.find((message) => message.key === purpose.message.key);
  const isOver = present !== undefined && !isSaid(present);
  useEffect(() => {
    if (isOver) setPurpose(undefined);
  }, [isOver]);
  return [isOver ? undefined : purpose, setPurpose];
}

/** Takes the header's place while several messages are chosen. */
export function TalkSelection({ talk }: { talk: Talk }) {
  const { screen, selection, actions } = talk;
  const chosen = selection.messages;
  const now = Date.now();
  return (
    <SelectionBar
      count={chosen.length}
      can_forward={chosen.every((one) => abilitiesOf(one, screen, now).can_forward)}
      can_delete={chosen.every((one) => abilitiesOf(one, screen, now).can_delete)}
      onCopy={() => actions.current?.copyAll(chosen)}
      onForward={() => actions.current?.forwardAll(chosen)}
      onSave={() => actions.current?.saveAll(chosen)}
      onHide={() => actions.current?.hideAll(chosen)}
      onDelete={() => actions.current?.removeAll(chosen)}
      onCancel={selection.clear}
    />
  );
}

/** `source`: whose pages it shows. */
export function TalkTimeline({
  talk,
  source,
  views,
}: {
  talk: Talk;
  source: TimelineSource;
  views?: ViewCounter | undefined;
}) {
  const { t } = useTranslation();
  const client = useParley();
  const { screen, my_id, actions, selection } = talk;
  const named = useNamedScreen(screen);
  return (
    <Timeline
      ref={talk.list}
      handle={source}
      screen={named}
      my_id={my_id}
      views={views}
      selected={selection.keys}
      onSelect={selection.toggle}
      onVote={(message, optionIds) => actions.current?.vote(message, optionIds)}
      onWriteTo={(userId) =>
        void client.startDirect(userId).then(
          (chatId) => navigate(chatRoute(chatId)),
          (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
        )
      }
      onPerson={(userId) => {
        const person = screen.members.find((one) => one.user_id === userId);
        if (person !== undefined && userId !== my_id) showPerson(person, screen.chat_id);
      }}
      onMenu={(message, place) => actions.current?.openMenu(message, place)}
      onKey={(message, key, place) => actions.current?.run(message, key, place)}
      onReaction={(message, emoji, isSet) => actions.current?.setReaction(message, emoji, isSet)}
      onHistory={(message) => actions.current?.showHistory(message)}
      onLeave={talk.toComposer}
    />
  );
}

/** Below the timeline: where is written or why not, and what is done to messages. */
export function TalkFoot({ talk }: { talk: Talk }) {
  const client = useParley();
  const { handle, screen, my_id, thread, composer, actions, selection, setPurpose, toComposer } = talk;
  const line = useReadable(client.inbox).lines.find((one) => one.chat_id === screen.chat_id);
  const closed = closedBy(screen, line);

  function leaveUp(isToList: boolean): void {
    const last: TimelineMessage | undefined = isToList ? undefined : lastEditable(screen, Date.now());
    if (last !== undefined) setPurpose({ kind: "edit", message: last });
    else [...(talk.body.current?.querySelectorAll<HTMLElement>("[data-message]") ?? [])].at(-1)?.focus();
  }

  return (
    <>
      {closed === undefined ? (
        <Composer
          ref={composer}
          handle={handle}
          {...(thread === undefined ? {} : { thread: thread.handle })}
          screen={screen}
          my_id={my_id}
          purpose={talk.purpose}
          onPurpose={setPurpose}
          onLeaveUp={leaveUp}
        />
      ) : (
        <ComposerClosed screen={screen} why={closed} />
      )}
      <MessageActions
        ref={actions}
        handle={handle}
        screen={screen}
        my_id={my_id}
        is_thread={thread !== undefined}
        onRestore={(text) => composer.current?.insert(text)}
        onPurpose={setPurpose}
        onSelect={(message) => selection.toggle(message, false)}
        onDone={() => {
          if (selection.keys !== undefined) selection.clear();
          toComposer();
        }}
      />
      <Arrivals chat_id={screen.chat_id} {...(thread === undefined ? {} : { thread_seq: thread.root_seq })} />
    </>
  );
}
