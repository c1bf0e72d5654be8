import {
  type KeyboardEvent,
  type Ref,
  Suspense,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { asFault } from "../../../src/domain/fault.ts";
import { normaliseText } from "../../../src/domain/text.ts";
import type { SendableContent, SendableType, TextContent } from "../../../src/protocol/content.ts";
import { TEXT_BYTES } from "../../../src/protocol/limits.ts";
import type { ChatHandle, ChatScreen, SendOptions, ThreadHandle } from "../../sync/client.ts";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { hasCommand } from "../keys.ts";
import { momentWords } from "../moment-words.ts";
import { usePeople } from "../people/people-book.ts";
import { showToast } from "../toasts.ts";
import { currentWidth } from "../width.ts";
import "./composer.css";
import { ComposerBanner, type Purpose, TimerBanner } from "./composer-banner.tsx";
import { ComposerTools } from "./composer-tools.tsx";
import { MomentDialog } from "./dialogs.ts";
import { markOf, toggleMark } from "./format-keys.ts";
import { mentionsIn, type Picked } from "./mentions.ts";
import { has, refOf } from "./message-abilities.ts";
import { SendButton } from "./send-button.tsx";
import { useSlowMode } from "./slow-mode.ts";
import { SuggestionList } from "./suggestion-list.tsx";
import { useCompletion } from "./use-completion.ts";

export interface ComposerApi {
  focus: () => void;
  /** Puts text where the caret is. */
  insert: (text: string) => void;
}

export interface ComposerProps {
  handle: ChatHandle;
  /** Where it writes, if not in the chat itself. */
  thread?: ThreadHandle;
  screen: ChatScreen;
  my_id: string;
  ref: Ref<ComposerApi>;
  /** What is answered or changed. */
  purpose: Purpose | undefined;
  onPurpose: (purpose: Purpose | undefined) => void;
  /** Arrow up with nothing typed; with Shift, past the own last message to the list of messages. */
  onLeaveUp: (isToList: boolean) => void;
}

/** A finger on glass opens the keyboard by itself; a hand on keys wants to write at once. */
const opensFocused = (): boolean => currentWidth() !== "phone" && matchMedia("(pointer: fine)").matches;

const byteLength = (text: string): number => new TextEncoder().encode(text).byteLength;
/** Below a third of the limit in characters no text can be over it in bytes. */
const isTooLong = (text: string): boolean => text.length > TEXT_BYTES / 3 && byteLength(text) > TEXT_BYTES;

/** Where messages are written. Enter sends, Shift+Enter breaks the line; nothing here ever waits for a network. */
export function Composer({ handle, thread, screen, my_id, ref, purpose, onPurpose, onLeaveUp }: ComposerProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const desk = thread ?? handle;
  const area = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useState(() => desk.draft.get());
  /** The new words of the message that is changed; the draft waits beneath, untouched. */
  const [edited, setEdited] = useState("");
  const editing = purpose?.kind === "edit" ? purpose.message : undefined;
  const text = editing === undefined ? draft : edited;
  const [expiry, setExpiry] = useState<number | undefined>(undefined);
  const [isChoosingTime, setChoosingTime] = useState(false);
  /** What this composer itself wrote last: any other value of the draft came from the store or another tab. */
  const written = useRef(draft);
  /** The caret, kept while the focus is elsewhere. */
  const [caret, setCaret] = useState<readonly [number, number]>([text.length, text.length]);
  const picked = useRef<Picked[]>([]);
  const slow = useSlowMode(screen);

  const people = useMemo(
    () => screen.members.filter((one) => one.removed_at === undefined && one.user_id !== my_id),
    [screen.members, my_id],
  );
  const { names } = usePeople();
  const canNameAll = has(screen, "mention_all");
  const completion = useCompletion({
    text,
    caret: caret[0] === caret[1] ? caret[0] : 0,
    people,
    names,
    can_name_all: canNameAll,
    onPick: (token, { text: piece, user_id }) => {
      if (user_id !== undefined) picked.current = [...picked.current, { name: piece.slice(1).trimEnd(), user_id }];
      place(text.slice(0, token.start) + piece + text.slice(caret[0]), token.start + piece.length);
    },
  });

  useEffect(
    () =>
      desk.draft.subscribe(() => {
        const next = desk.draft.get();
        if (next === written.current) return;
        written.current = next;
        setDraft(next);
      }),
    [desk],
  );

  useEffect(() => {
    const element = area.current;
    if (element === null || !opensFocused()) return;
    const take = (): void => {
      element.focus({ preventScroll: true });
      element.setSelectionRange(element.value.length, element.value.length);
    };
    take();
    // A list chooses when a button goes down, and the rest of that press gives the list its focus back.
    const later = setTimeout(() => {
      if (document.activeElement !== element) take();
    }, 0);
    return () => clearTimeout(later);
  }, []);

  const editedKey = editing?.key;
  const editedText = editing?.text ?? "";
  const editedMentions = editing?.mentions;
  useLayoutEffect(() => {
    if (editedKey === undefined) return;
    setEdited(editedText);
    setCaret([editedText.length, editedText.length]);
    picked.current = (editedMentions ?? []).flatMap(({ offset, length, user_id }) =>
      user_id === undefined ? [] : [{ name: editedText.slice(offset + 1, offset + length), user_id }],
    );
    requestAnimationFrame(() => area.current?.setSelectionRange(editedText.length, editedText.length));
  }, [editedKey, editedText, editedMentions]);
  const purposeKey = purpose === undefined ? undefined : `${purpose.kind} ${purpose.message.key}`;
  useEffect(() => {
    // After a menu has given the focus back to its message.
    if (purposeKey !== undefined) setTimeout(() => area.current?.focus({ preventScroll: true }), 50);
  }, [purposeKey]);

  useLayoutEffect(() => {
    const element = area.current;
    if (element === null || CSS.supports("field-sizing", "content")) return;
    element.style.blockSize = "auto";
    element.style.blockSize = text === "" ? "" : `${element.scrollHeight}px`;
  });

  function change(next: string): void {
    if (editing !== undefined) setEdited(next);
    else changeDraft(next);
  }

  function changeDraft(next: string): void {
    written.current = next;
    setDraft(next);
    desk.setDraft(next);
    if (next.trim() !== "" && thread === undefined) handle.typing();
  }

  /** A new text with a new selection; the caret stands there also when the focus is elsewhere for now. */
  function place(next: string, start: number, end = start): void {
    change(next);
    setCaret([start, end]);
    requestAnimationFrame(() => area.current?.setSelectionRange(start, end));
  }

  function insert(piece: string): void {
    const element = area.current;
    if (element === null) return;
    const [start, end] = document.activeElement === element ? [element.selectionStart, element.selectionEnd] : caret;
    place(element.value.slice(0, start) + piece + element.value.slice(end), start + piece.length);
  }

  useImperativeHandle(ref, () => ({
    focus: () => area.current?.focus({ preventScroll: true }),
    insert: (piece) => {
      insert(piece);
      area.current?.focus({ preventScroll: true });
    },
  }));

  const failed = (thrown: unknown): void => {
    const isLong = asFault(thrown)?.code === "too_large";
    showToast(isLong ? t("composer.too_long") : t("update.failed", { reason: faultWords(t, thrown) }), "danger");
  };

  /** What is typed, as content; undefined where it cannot be sent. */
  function content(): TextContent | undefined {
    const message = normaliseText(text);
    if (message.trim() === "") return undefined;
    if (isTooLong(message)) {
      showToast(t("composer.too_long"), "danger");
      return undefined;
    }
    const mentions = mentionsIn(message, { people: screen.members, picked: picked.current, can_name_all: canNameAll });
    return { text: message, ...(mentions.length === 0 ? {} : { mentions }) };
  }

  /** What goes along with the next message, and is over with it. */
  function options(): SendOptions {
    const answered = purpose?.kind === "reply" ? refOf(purpose.message) : undefined;
    return {
      ...(answered === undefined ? {} : { reply_to: answered }),
      ...(expiry === undefined ? {} : { expires_in_s: expiry }),
    };
  }

  function cleared(): void {
    onPurpose(undefined);
    setExpiry(undefined);
    setCaret([0, 0]);
    if (thread === undefined && screen.has_newer) void handle.jumpTo("latest").catch(() => undefined);
  }

  function send(): void {
    const said = content();
    if (said === undefined || (slow > 0 && editing === undefined)) return;
    area.current?.focus({ preventScroll: true });
    if (editing !== undefined) {
      saveEdit(said);
      return;
    }
    const { text: message, mentions } = said;
    const sent = { ...options(), ...(mentions === undefined ? {} : { mentions }) };
    const before = { draft, purpose, expiry };
    // Before the draft is emptied: the engine writes both at once, and whatever ends this tab leaves the words in one place.
    const leaving = desk.send(message, sent);
    changeDraft("");
    cleared();
    leaving.catch((thrown: unknown) => {
      // The device could not even write it down: give the words back.
      if ((area.current?.value ?? "") === "") {
        changeDraft(before.draft);
        onPurpose(before.purpose);
        setExpiry(before.expiry);
      }
      failed(thrown);
    });
    picked.current = [];
  }

  function saveEdit(said: TextContent): void {
    const target = editing === undefined ? undefined : refOf(editing);
    onPurpose(undefined);
    if (editing === undefined || target === undefined || said.text === editing.text) return;
    const rest = {
      ...(said.mentions === undefined ? {} : { mentions: said.mentions }),
      ...(editing.rev === undefined ? {} : { seen_rev: editing.rev }),
    };
    handle.edit(target, said.text, rest).catch(failed);
  }

  function sendContent(type: SendableType, made: SendableContent): void {
    if (slow > 0) {
      showToast(t("composer.slow", { left: formats.left(slow) }));
      return;
    }
    const sent = options();
    cleared();
    desk.sendContent(type, made, sent).catch(failed);
    area.current?.focus({ preventScroll: true });
  }

  function sendLater(at: number): void {
    const said = content();
    if (said === undefined) return;
    const before = draft;
    const rest = options();
    const leaving = handle.schedule("text", said, at, rest);
    changeDraft("");
    cleared();
    leaving.then(
      () => showToast(t("later.done", { when: momentWords(t, formats, at) })),
      (thrown: unknown) => {
        if ((area.current?.value ?? "") === "") changeDraft(before);
        failed(thrown);
      },
    );
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    // A key that belongs to an input method is not ours (229 is what Safari says after the composition has ended).
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (completion.onKeyDown(event)) return;
    const mark = hasCommand(event.nativeEvent) && !event.altKey ? markOf(event.key, event.shiftKey) : undefined;
    if (mark !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      const { selectionStart, selectionEnd } = event.currentTarget;
      const next = toggleMark(text, selectionStart, selectionEnd, mark);
      place(next.text, next.start, next.end);
    } else if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && text === "" && editing === undefined && !event.altKey) {
      event.preventDefault();
      onLeaveUp(event.shiftKey);
    } else if (event.key === "Escape" && purpose !== undefined) {
      event.preventDefault();
      onPurpose(undefined);
    }
  }

  const delays = {
    can_delay: thread === undefined && text.trim() !== "",
    expiry,
    onExpiry: setExpiry,
    onLater: (at: number | undefined): void => (at === undefined ? setChoosingTime(true) : sendLater(at)),
  };
  const label =
    editing !== undefined
      ? t("composer.edit_label")
      : t(thread === undefined ? "composer.label" : "composer.thread_label", { name: screen.title });
  return (
    <div className="composer">
      <div className="composer-card">
        {purpose !== undefined && (
          <ComposerBanner
            purpose={purpose}
            onCancel={() => {
              onPurpose(undefined);
              area.current?.focus({ preventScroll: true });
            }}
          />
        )}
        {expiry !== undefined && editing === undefined && (
          <TimerBanner seconds={expiry} onCancel={() => setExpiry(undefined)} />
        )}
        <SuggestionList
          id={completion.list_id}
          suggestions={completion.suggestions}
          active={completion.active}
          onPick={completion.pick}
          onHover={completion.setActive}
        />
        <div className="composer-box">
          <ComposerTools
            handle={handle}
            screen={screen}
            delays={delays}
            is_thread={thread !== undefined}
            is_editing={editing !== undefined}
            onEmoji={insert}
            onContent={sendContent}
            onDone={() => area.current?.focus({ preventScroll: true })}
          />
          <textarea
            ref={area}
            className="composer-text"
            rows={1}
            dir={text === "" ? undefined : "auto"}
            value={text}
            aria-label={label}
            {...completion.aria}
            placeholder={slow > 0 ? t("composer.slow", { left: formats.left(slow) }) : t("composer.placeholder")}
            enterKeyHint="send"
            autoCapitalize="sentences"
            onChange={(event) => {
              const { selectionStart, selectionEnd } = event.target;
              change(event.target.value);
              setCaret([selectionStart, selectionEnd]);
            }}
            onKeyDown={onKeyDown}
            onSelect={(event) => {
              const { selectionStart, selectionEnd } = event.currentTarget;
              if (selectionStart !== caret[0] || selectionEnd !== caret[1]) setCaret([selectionStart, selectionEnd]);
            }}
          />
          <SendButton
            is_editing={editing !== undefined}
            is_disabled={text.trim() === "" || (slow > 0 && editing === undefined)}
            wait_ms={editing === undefined ? slow : 0}
            delays={delays}
            onSend={send}
          />
        </div>
      </div>
      {isChoosingTime && (
        <Suspense fallback={null}>
          <MomentDialog
            title={t("later.title")}
            confirm={t("later.confirm")}
            onChoose={sendLater}
            onClose={() => setChoosingTime(false)}
          />
        </Suspense>
      )}
    </div>
  );
}
