import { type ReactNode, type RefObject, useRef, useState } from "react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import "./action-menu.css";
import { IconButton } from "./button.tsx";

export interface Action {
  id: string;
  label: string;
  icon?: ReactNode;
  is_danger?: boolean;
  keys?: string;
  run: () => void;
}

function ActionItems({ label, actions, onClose }: { label: string; actions: readonly Action[]; onClose?: () => void }) {
  return (
    <Menu
      className="menu"
      aria-label={label}
      items={actions}
      onAction={(id) => actions.find((action) => action.id === id)?.run()}
      onClose={onClose}
      autoFocus="first"
    >
      {(action) => (
        <MenuItem className="menu-item" textValue={action.label} data-danger={action.is_danger || undefined}>
          {action.icon}
          <span className="menu-label">{action.label}</span>
          {action.keys !== undefined && (
            <span className="key-hint" aria-hidden="true">
              {action.keys}
            </span>
          )}
        </MenuItem>
      )}
    </Menu>
  );
}

/** A button that opens a menu of actions. */
export function ActionMenuButton({
  label,
  icon,
  actions,
  className,
}: {
  label: string;
  icon: ReactNode;
  actions: readonly Action[];
  className?: string;
}) {
  return (
    <MenuTrigger>
      <IconButton label={label} {...(className === undefined ? {} : { className })}>
        {icon}
      </IconButton>
      <Popover className="menu-popover" placement="bottom end" offset={4}>
        <ActionItems label={label} actions={actions} />
      </Popover>
    </MenuTrigger>
  );
}

/** Where a menu was asked for: a point on the screen, and the element that gets the focus back. */
export interface MenuPlace {
  x: number;
  y: number;
  origin: HTMLElement;
}

/** A menu at a point: right click, long press, Shift+F10. Give it a `key` per opening. */
export function ContextMenu({
  label,
  place,
  actions,
  onClose,
}: {
  label: string;
  place: MenuPlace;
  actions: readonly Action[];
  onClose: () => void;
}) {
  const anchor = useRef<HTMLSpanElement>(null);
  const [isReady, setReady] = useState(false);
  const triggerRef: RefObject<Element | null> = anchor;
  const close = (): void => {
    onClose();
    // An action may have moved the focus on purpose (a dialog, the composer): only a lost one is brought back.
    requestAnimationFrame(() => {
      if (document.activeElement === null || document.activeElement === document.body)
        place.origin.focus({ preventScroll: true });
    });
  };
  return (
    <>
      <span
        ref={(element) => {
          anchor.current = element;
          if (element !== null && !isReady) setReady(true);
        }}
        className="menu-anchor"
        style={{ "--x": `${place.x}px`, "--y": `${place.y}px` }}
      />
      <Popover
        className="menu-popover"
        triggerRef={triggerRef}
        isOpen={isReady}
        onOpenChange={(isOpen) => {
          if (!isOpen) close();
        }}
        placement="bottom start"
        offset={2}
        aria-label={label}
      >
        <ActionItems label={label} actions={actions} onClose={close} />
      </Popover>
    </>
  );
}
