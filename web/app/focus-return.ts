import { useEffect, useLayoutEffect, useRef } from "react";

const PANES = ".thread-pane, .details-pane";

/**
 * A pane beside the conversation that closes with the focus in it leaves the focus nowhere. It goes back to what had it
 * before, or to the composer.
 */
export function useFocusReturn(chatId: string | undefined, isPaneShown: boolean): void {
  const before = useRef<HTMLElement | undefined>(undefined);
  useEffect(() => {
    const onFocus = ({ target }: FocusEvent): void => {
      // A menu is gone when the pane closes that was opened from it; what it was about had the focus before.
      if (target instanceof HTMLElement && target.closest(`${PANES}, [role=menu], .modal-overlay`) === null)
        before.current = target;
    };
    addEventListener("focusin", onFocus);
    return () => removeEventListener("focusin", onFocus);
  }, []);
  const was = useRef({ chatId, isPaneShown });
  useLayoutEffect(() => {
    const hasClosed = was.current.isPaneShown && !isPaneShown && was.current.chatId === chatId;
    was.current = { chatId, isPaneShown };
    if (!hasClosed || document.activeElement !== document.body) return;
    const opener = before.current?.isConnected ? before.current : document.querySelector<HTMLElement>(".composer-text");
    opener?.focus({ preventScroll: true });
  }, [chatId, isPaneShown]);
}
