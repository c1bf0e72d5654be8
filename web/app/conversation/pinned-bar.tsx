import { Pin } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { excerpt } from "../../../src/domain/text.ts";
import type { ChatHandle, ChatScreen, TimelineMessage } from "../../sync/client.ts";
import { OneLine } from "../../ui/one-line.tsx";
import { messageWords } from "../message-words.ts";
import "./pinned-bar.css";

const SHOWN_CHARS = 160;

/**
 * Pinned messages, latest pin first. The server knows them all; what this device sees changing in its window goes
 * before that, so that a pin shows at once and also without a network.
 */
function usePins(handle: ChatHandle, screen: ChatScreen): readonly TimelineMessage[] {
  const [fetched, setFetched] = useState<readonly TimelineMessage[]>([]);
  const here = useMemo(
    () => screen.messages.filter((message) => message.is_pinned && message.seq !== undefined),
    [screen.messages],
  );
  const notices = screen.messages.filter((message) => message.notice?.event === "message_pinned").length;
  const signs = `${notices} ${here.map((message) => message.seq).join(" ")}`;
  const isReady = screen.status === "ready";
  useEffect(() => {
    if (!isReady || signs === "") return;
    let isGone = false;
    handle.pins().then(
      (pins) => {
        if (!isGone) setFetched(pins);
      },
      // Without the server the bar shows what this device has.
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [handle, isReady, signs]);
  return useMemo(() => {
    const inWindow = new Map(screen.messages.map((message) => [message.seq, message]));
    const known = fetched.flatMap((pin) => {
      const seen = inWindow.get(pin.seq);
      return seen === undefined ? [pin] : seen.is_pinned ? [seen] : [];
    });
    const knownSeqs = new Set(known.map((pin) => pin.seq));
    return [...here.filter((message) => !knownSeqs.has(message.seq)).reverse(), ...known];
  }, [screen.messages, here, fetched]);
}

/** Under the header: the pinned message; pressing it leads there, and brings the next one up. */
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
  const pins = usePins(handle, screen);
  const [turn, setTurn] = useState(0);
  const at = pins.length === 0 ? 0 : turn % pins.length;
  const pin = pins[at];
  if (pin?.seq === undefined) return null;
  const { seq } = pin;
  const title = pins.length === 1 ? t("pins.title") : t("pins.place", { at: at + 1, count: pins.length });
  return (
    <section className="pinned-bar" aria-label={t("pins.bar")}>
      <button
        type="button"
        onClick={() => {
          onJump(seq);
          setTurn(at + 1);
        }}
      >
        <Pin aria-hidden="true" />
        <span className="pinned-words">
          <span className="pinned-title tabular">{title}</span>
          <OneLine>{excerpt(`${pin.sender_name}: ${messageWords(t, pin)}`, SHOWN_CHARS)}</OneLine>
        </span>
      </button>
    </section>
  );
}
