import { type ReactNode, type RefObject, useRef, useState } from "react";
import { Popover } from "react-aria-components/Popover";

/** Where a menu was asked for: a point on the screen, and the element that gets the focus back. */
export interface MenuPlace {
  x: number;
  y: number;
  origin: HTMLElement;
}

/** Something that floats at a point of the screen. Give it a `key` per opening; `children` get the way to close it. */
export function PlacedPopover({
  label,
  place,
  className,
  onClose,
  children,
}: {
  label?: string;
  place: MenuPlace;
  className: string;
  onClose: () => void;
  children: (close: () => void) => ReactNode;
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
        className={className}
        triggerRef={triggerRef}
        isOpen={isReady}
        onOpenChange={(isOpen) => {
          if (!isOpen) close();
        }}
        placement="bottom start"
        offset={2}
        {...(label === undefined ? {} : { "aria-label": label })}
      >
        {children(close)}
      </Popover>
    </>
  );
}
