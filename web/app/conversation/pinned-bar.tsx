import { List, Pin } from "lucide-react";
import { Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { excerpt } from "../../../src/domain/text.ts";
import type { ChatHandle, ChatScreen, TimelineMessage } from "../../sync/client.ts";
import { IconButton } from "../../ui/button.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { jumpToMessage } from "../jump-request.ts";
import { messageWords } from "../message-words.ts";
import { useNameOf } from "../people/people-book.ts";
import { PinsDialog } from "./dialogs.ts";
import { hadPins, knownPins, rememberPins } from "./known-pins.ts";
import "./pinned-bar.css";

const SHOWN_CHARS = 160;

interface Pins {
  list: readonly TimelineMessage[];
  /** Something was pinned when the chat was last open, and nobody has said yet what it is now. */
  is_awaited: boolean;
  /** Asks the server again: it does not announce what was unpinned. */
  refresh: () => void;
  /** One that was just unpinned here, and may lie outside the window. */
  drop: (seq: number) => void;
}

/**
 * Pinned messages, latest pin first. The server knows them all; what this device sees changing in its window goes
 * before that, so that a pin shows at once and also without a network.
 */
function usePins(handle: ChatHandle, screen: ChatScreen): Pins {
  const { chat_id, cleared_seq = 0 } = screen;
  const [fetched, setFetched] = useState(() => knownPins(chat_id, Date.now()));
  const [isAwaited, setAwaited] = useState(() => hadPins(chat_id));
  const [turn, setTurn] = useState(0);
  const here = useMemo(
    () => screen.messages.filter((message) => message.is_pinned && message.seq !== undefined),
    [screen.messages],
  );
  const signs = `${turn} ${screen.pins_mark} ${here.map((message) => message.seq).join(" ")}`;
  const isReady = screen.status === "ready";
  useEffect(() => {
    if (!isReady || signs === "") return;
    let isGone = false;
    handle.pins().then(
      (pins) => {
        if (isGone) return;
        rememberPins(chat_id, pins);
        setFetched(pins);
        setAwaited(false);
      },
      // Without the server the bar shows what this device has.
      () => {
        if (!isGone) setAwaited(false);
      },
    );
    return () => {
      isGone = true;
    };
  }, [handle, chat_id, isReady, signs]);
  const list = useMemo(() => {
    const inWindow = new Map(screen.messages.map((message) => [message.seq, message]));
    const known = fetched.flatMap((pin) => {
      if ((pin.seq ?? 0) <= cleared_seq) return [];
      const seen = inWindow.get(pin.seq);
      return seen === undefined ? [pin] : seen.is_pinned ? [seen] : [];
    });
    const knownSeqs = new Set(known.map((pin) => pin.seq));
    return [...here.filter((message) => !knownSeqs.has(message.seq)).reverse(), ...known];
  }, [screen.messages, here, fetched, cleared_seq]);
  return {
    list,
    is_awaited: isAwaited,
    refresh: () => setTurn(turn + 1),
    drop: (seq) => {
      const left = fetched.filter((pin) => pin.seq !== seq);
      rememberPins(chat_id, left);
      setFetched(left);
    },
  };
}

/** Under the header: the pinned message; pressing it leads there, and brings the next one up. Beside it the way to all. */
export function PinnedBar({
  handle,
  screen,
  onJump,
}: {
  handle: ChatHandle;
  screen: ChatScreen;
  onJump: (seq: number) => void;
}) {
  const { t } = useTranslation();
  const { list: pins, is_awaited, refresh, drop } = usePins(handle, screen);
  const [turn, setTurn] = useState(0);
  const [isListing, setListing] = useState(false);
  const nameOf = useNameOf();
  // A pinned answer stands in its thread, not in this timeline.
  const go = ({ seq, thread_root_seq }: TimelineMessage): void => {
    if (seq === undefined) return;
    if (thread_root_seq === undefined) onJump(seq);
    else jumpToMessage(screen.chat_id, seq, thread_root_seq);
  };
  const at = pins.length === 0 ? 0 : turn % pins.length;
  const pin = pins[at];
  if (pin?.seq === undefined && !isListing)
    return is_awaited ? (
      <section className="pinned-bar" aria-label={t("pins.bar")} aria-busy="true">
        <div className="pinned-message">
          <Pin aria-hidden="true" />
          <span className="pinned-words">
            <span className="pinned-title">{t("pins.title")}</span>
            <span className="pinned-awaited">
              <span className="skeleton" />
            </span>
          </span>
        </div>
      </section>
    ) : null;
  const title = pins.length === 1 ? t("pins.title") : t("pins.place", { at: at + 1, count: pins.length });
  return (
    <section className="pinned-bar" aria-label={t("pins.bar")}>
      {pin !== undefined && (
        <>
          <button
            type="button"
            className="pinned-message"
            onClick={() => {
              go(pin);
              setTurn(at + 1);
            }}
          >
            <Pin aria-hidden="true" />
            <span className="pinned-words">
              <span className="pinned-title tabular">{title}</span>
              <OneLine>
                {excerpt(
                  `${pin.is_own ? t("chats.you") : nameOf(pin.sender_id, pin.sender_name)}: ${messageWords(t, pin)}`,
                  SHOWN_CHARS,
                )}
              </OneLine>
            </span>
          </button>
          <IconButton
            label={t("pins.all")}
            onPress={() => {
              refresh();
              setListing(true);
            }}
          >
            <List />
          </IconButton>
        </>
      )}
      {isListing && (
        <Suspense fallback={null}>
          <PinsDialog
            handle={handle}
            screen={screen}
            pins={pins}
            onGo={go}
            onUnpinned={drop}
            onClose={() => setListing(false)}
          />
        </Suspense>
      )}
    </section>
  );
}
