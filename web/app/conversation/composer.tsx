import { Check, SendHorizontal, Smile } from "lucide-react";
import {
  type KeyboardEvent,
  type Ref,
  Suspense,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { Dialog, DialogTrigger } from "react-aria-components/Dialog";
import { Popover } from "react-aria-components/Popover";
import { useTranslation } from "react-i18next";
import { asFault } from "../../../src/domain/fault.ts";
import { TEXT_BYTES } from "../../../src/protocol/limits.ts";
import type { ChatHandle, ChatScreen } from "../../sync/client.ts";
import { IconButton } from "../../ui/button.tsx";
import { faultWords } from "../fault-words.ts";
import { KEYS } from "../keys.ts";
import { EmojiPicker } from "../screens.ts";
import { showToast } from "../toasts.ts";
import { currentWidth } from "../width.ts";
import "./composer.css";
import { ComposerBanner, type Purpose } from "./composer-banner.tsx";

export interface ComposerApi {
  focus: () => void;
  /** Puts text where the caret is. */
  insert: (text: string) => void;
}

export interface ComposerProps {
  handle: ChatHandle;
  screen: ChatScreen;
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
export function Composer({ handle, screen, ref, purpose, onPurpose, onLeaveUp }: ComposerProps) {
  const { t } = useTranslation();
  const area = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useState(() => handle.draft.get());
  /** The new words of the message that is changed; the draft waits beneath, untouched. */
  const [edited, setEdited] = useState("");
  const editing = purpose?.kind === "edit" ? purpose.message : undefined;
  const text = editing === undefined ? draft : edited;
  const [isPicking, setPicking] = useState(false);
  /** What this composer itself wrote last: any other value of the draft came from the store or another tab. */
  const written = useRef(draft);
  /** The caret, kept while the focus is in the emoji picker. */
  const caret = useRef<[number, number]>([text.length, text.length]);

  useEffect(
    () =>
      handle.draft.subscribe(() => {
        const next = handle.draft.get();
        if (next === written.current) return;
        written.current = next;
        setDraft(next);
      }),
    [handle],
  );

  useEffect(() => {
    const element = area.current;
    if (element === null || !opensFocused()) return;
    element.focus({ preventScroll: true });
    element.setSelectionRange(element.value.length, element.value.length);
  }, []);

  const editedKey = editing?.key;
  const editedText = editing?.text ?? "";
  useLayoutEffect(() => {
    if (editedKey === undefined) return;
    setEdited(editedText);
    caret.current = [editedText.length, editedText.length];
    requestAnimationFrame(() => area.current?.setSelectionRange(editedText.length, editedText.length));
  }, [editedKey, editedText]);
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
    handle.setDraft(next);
    if (next.trim() !== "") handle.typing();
  }

  function insert(piece: string): void {
    const element = area.current;
    if (element === null) return;
    const [start, end] =
      document.activeElement === element ? [element.selectionStart, element.selectionEnd] : caret.current;
    const value = element.value;
    change(value.slice(0, start) + piece + value.slice(end));
    const after = start + piece.length;
    caret.current = [after, after];
    // The caret stands behind what was put in, also when the focus is elsewhere for now.
    requestAnimationFrame(() => element.setSelectionRange(after, after));
  }

  useImperativeHandle(ref, () => ({
    focus: () => area.current?.focus({ preventScroll: true }),
    insert: (piece) => {
      insert(piece);
      area.current?.focus({ preventScroll: true });
    },
  }));

  function send(): void {
    const message = text;
    if (message.trim() === "") return;
    if (isTooLong(message)) {
      showToast(t("composer.too_long"), "danger");
      return;
    }
    area.current?.focus({ preventScroll: true });
    onPurpose(undefined);
    if (editing?.seq !== undefined) {
      if (message === editing.text) return;
      handle.edit(editing.seq, message).catch((thrown: unknown) => {
        showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");
      });
      return;
    }
    const answered = purpose?.message.seq;
    changeDraft("");
    caret.current = [0, 0];
    if (screen.has_newer) void handle.jumpTo("latest").catch(() => undefined);
    handle.send(message, answered === undefined ? {} : { reply_to_seq: answered }).catch((thrown: unknown) => {
      // The device could not even write it down: give the words back.
      if ((area.current?.value ?? "") === "") {
        changeDraft(message);
        onPurpose(purpose);
      }
      const isLong = asFault(thrown)?.code === "too_large";
      showToast(isLong ? t("composer.too_long") : t("update.failed", { reason: faultWords(t, thrown) }), "danger");
    });
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    // A key that belongs to an input method is not ours (229 is what Safari says after the composition has ended).
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
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

  const isEmpty = text.trim() === "";
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
        <div className="composer-box">
          <DialogTrigger isOpen={isPicking} onOpenChange={setPicking}>
            <IconButton label={t("composer.emoji")}>
              <Smile />
            </IconButton>
            <Popover className="emoji-popover" placement="top start" offset={10}>
              <Dialog aria-label={t("emoji.title")}>
                <Suspense fallback={<div className="emoji-wait">{t("emoji.loading")}</div>}>
                  <EmojiPicker
                    onPick={(emoji, isKeptOpen) => {
                      insert(emoji);
                      if (isKeptOpen) return;
                      setPicking(false);
                      // After the popover has given the focus back to its button.
                      setTimeout(() => area.current?.focus({ preventScroll: true }), 50);
                    }}
                  />
                </Suspense>
              </Dialog>
            </Popover>
          </DialogTrigger>
          <textarea
            ref={area}
            className="composer-text"
            rows={1}
            dir="auto"
            value={text}
            aria-label={editing === undefined ? t("composer.label", { name: screen.title }) : t("composer.edit_label")}
            placeholder={t("composer.placeholder")}
            enterKeyHint="send"
            autoCapitalize="sentences"
            onChange={(event) => change(event.target.value)}
            onKeyDown={onKeyDown}
            onSelect={(event) => {
              caret.current = [event.currentTarget.selectionStart, event.currentTarget.selectionEnd];
            }}
          />
          <IconButton
            label={t(editing === undefined ? "composer.send" : "composer.save")}
            keys={KEYS.send}
            className="composer-send"
            isDisabled={isEmpty}
            // The focus stays where the writing is.
            preventFocusOnPress
            onPress={send}
          >
            {editing === undefined ? <SendHorizontal className="icon-directional" /> : <Check />}
          </IconButton>
        </div>
      </div>
    </div>
  );
}
