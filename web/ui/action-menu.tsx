import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import "./action-menu.css";
import { IconButton } from "./button.tsx";
import { type MenuPlace, PlacedPopover } from "./placed-popover.tsx";

export type { MenuPlace };

export interface Action {
  id: string;
  label: string;
  icon?: ReactNode;
  is_danger?: boolean;
  keys?: string;
  run: () => void;
  /** Offers these instead of running. */
  choices?: readonly Action[];
}

function ActionItems({ label, actions, onClose }: { label: string; actions: readonly Action[]; onClose?: () => void }) {
  const [opened, setOpened] = useState<Action | undefined>(undefined);
  const shown = opened?.choices ?? actions;
  return (
    <Menu
      // The choices of an action take the place of the menu, which is kinder to a thumb than a second one beside it.
      key={opened?.id ?? ""}
      className="menu"
      aria-label={opened?.label ?? label}
      items={shown}
      onAction={(id) => {
        const action = shown.find((one) => one.id === id);
        if (action?.choices === undefined) action?.run();
        else setOpened(action);
      }}
      onClose={onClose}
      autoFocus="first"
    >
      {(action) => <ActionItem action={action} />}
    </Menu>
  );
}

function ActionItem({ action }: { action: Action }) {
  return (
    <MenuItem
      id={action.id}
      className="menu-item"
      textValue={action.label}
      data-danger={action.is_danger || undefined}
      shouldCloseOnSelect={action.choices === undefined}
    >
      {action.icon}
      <span className="menu-label">{action.label}</span>
      {action.choices !== undefined && <ChevronRight className="icon-directional" />}
      {action.keys !== undefined && (
        <span className="key-hint" aria-hidden="true">
          {action.keys}
        </span>
      )}
    </MenuItem>
  );
}

/** A menu of actions that whatever button it is given opens. */
export function ActionMenu({
  label,
  actions,
  placement = "bottom end",
  children,
}: {
  label: string;
  actions: readonly Action[];
  placement?: "bottom end" | "top start";
  /** The button. */
  children: ReactNode;
}) {
  return (
    <MenuTrigger>
      {children}
      <Popover className="menu-popover" placement={placement} offset={4}>
        <ActionItems label={label} actions={actions} />
      </Popover>
    </MenuTrigger>
  );
}

/** A button that opens a menu of actions. */
export function ActionMenuButton({
  label,
  icon,
  actions,
  className,
  placement = "bottom end",
}: {
  label: string;
  icon: ReactNode;
  actions: readonly Action[];
  className?: string;
  placement?: "bottom end" | "top start";
}) {
  return (
    <ActionMenu label={label} actions={actions} placement={placement}>
      <IconButton label={label} {...(className === undefined ? {} : { className })}>
        {icon}
      </IconButton>
    </ActionMenu>
  );
}

/** A menu at a point: right click, long press, Shift+F10. Give it a `key` per opening. */
export function ContextMenu({
  label,
  place,
  actions,
  header,
  onClose,
}: {
  label: string;
  place: MenuPlace;
  actions: readonly Action[];
  /** Stands above the items; gets the way to close the menu. */
  header?: ((close: () => void) => ReactNode) | undefined;
  onClose: () => void;
}) {
  return (
    <PlacedPopover label={label} place={place} className="menu-popover" onClose={onClose}>
      {(close) => (
        <>
          {header?.(close)}
          <ActionItems label={label} actions={actions} onClose={close} />
        </>
      )}
    </PlacedPopover>
  );
}
