import type { TFunction } from "i18next";
import { CalendarClock, Check, SendHorizontal, Timer, TimerOff } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Formats } from "../../i18n/format.ts";
import { type Action, ContextMenu, type MenuPlace } from "../../ui/action-menu.tsx";
import { IconButton } from "../../ui/button.tsx";
import { useMenuRequest } from "../../ui/menu-request.ts";
import { useFormats } from "../formats-context.tsx";
import { KEYS } from "../keys.ts";
import { EXPIRIES, usualMoments } from "./later.ts";

export interface DelayOptions {
  /** There is something to send, and it may be sent later. */
  can_delay: boolean;
  expiry: number | undefined;
  onExpiry: (seconds: number | undefined) => void;
  /** Without a moment: the person wants to choose one. */
  onLater: (at: number | undefined) => void;
}

/** Moments to send at; none where nothing can be sent later. */
export function laterActions(t: TFunction, formats: Formats, { can_delay, onLater }: DelayOptions): Action[] {
  if (!can_delay) return [];
  return [
    ...usualMoments(t, formats, Date.now()).map((moment) => ({
      id: moment.id,
      label: moment.label,
      icon: <CalendarClock />,
      run: () => onLater(moment.at),
    })),
    { id: "pick", label: t("later.pick"), icon: <CalendarClock />, run: () => onLater(undefined) },
  ];
}

/** How long the next message is to be seen. */
export function expiryAction(t: TFunction, formats: Formats, { expiry, onExpiry }: DelayOptions): Action {
  return {
    id: "expiry",
    label: t("expiry.choose"),
    icon: <Timer />,
    run: () => undefined,
    choices: [
      ...EXPIRIES.map((seconds) => ({
        id: String(seconds),
        label: t("expiry.after", { duration: formats.duration(seconds) }),
        icon: expiry === seconds ? <Check /> : <Timer />,
        run: () => onExpiry(seconds),
      })),
      { id: "off", label: t("expiry.off"), icon: <TimerOff />, run: () => onExpiry(undefined) },
    ],
  };
}

export interface SendButtonProps {
  is_editing: boolean;
  is_disabled: boolean;
  /** Slow mode: how long it waits yet. */
  wait_ms: number;
  delays: DelayOptions;
  onSend: () => void;
}

/** Sends. Long press, right click or Shift+F10: later, or for a while only. */
export function SendButton(props: SendButtonProps) {
  const { is_editing, is_disabled, wait_ms, delays, onSend } = props;
  const { t } = useTranslation();
  const formats = useFormats();
  const [menu, setMenu] = useState<MenuPlace | undefined>(undefined);
  const pressedLong = useRef(0);
  const request = useMenuRequest(".send-spot", (_row, place) => {
    if (is_editing) return;
    pressedLong.current = Date.now();
    setMenu(place);
  });

  const isWaiting = wait_ms > 0;
  return (
    <span className="send-spot" {...request}>
      <IconButton
        label={t(is_editing ? "composer.save" : "composer.send")}
        keys={KEYS.send}
        className="composer-send"
        isDisabled={is_disabled}
        // The focus stays where the writing is.
        preventFocusOnPress
        onPress={() => {
          // Letting go after a long press asked for the menu, not for sending.
          if (Date.now() - pressedLong.current > 800) onSend();
        }}
      >
        {isWaiting ? (
          <span className="composer-wait tabular" aria-hidden="true">
            {Math.ceil(wait_ms / 1_000)}
          </span>
        ) : is_editing ? (
          <Check />
        ) : (
          <SendHorizontal className="icon-directional" />
        )}
      </IconButton>
      {menu !== undefined && (
        <ContextMenu
          key={`${menu.x} ${menu.y}`}
          label={t("later.menu")}
          place={menu}
          actions={[...laterActions(t, formats, delays), expiryAction(t, formats, delays)]}
          onClose={() => setMenu(undefined)}
        />
      )}
    </span>
  );
}
