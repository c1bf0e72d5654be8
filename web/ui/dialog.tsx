import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { Dialog as AriaDialog } from "react-aria-components/Dialog";
import { Heading } from "react-aria-components/Heading";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "./button.tsx";
import "./dialog.css";

export interface DialogProps {
  title: string;
  is_open: boolean;
  onClose: () => void;
  children: ReactNode;
  /** `sheet` fills a phone; `alert` asks a question; `palette` hangs from the top and shows no title. */
  shape?: "sheet" | "alert" | "palette";
  /** Stands where the back arrow would, before the title. */
  leading?: ReactNode;
  /** After it is gone and the focus has been given back: the moment to take the focus elsewhere. */
  onClosed?: (() => void) | undefined;
}

function AfterClosing({ run }: { run: () => void }) {
  const latest = useRef(run);
  latest.current = run;
  useEffect(
    () => () => {
      // The focus is given back in the next frame.
      requestAnimationFrame(() => requestAnimationFrame(() => latest.current()));
    },
    [],
  );
  return null;
}

/** A dialog with its title and way out. Focus goes in, stays in, and comes back to where it was. */
export function Dialog({ title, is_open, onClose, children, shape = "sheet", leading, onClosed }: DialogProps) {
  const { t } = useTranslation();
  return (
    <ModalOverlay
      className="modal-overlay"
      data-shape={shape}
      isOpen={is_open}
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      isDismissable
    >
      <Modal className="modal" data-shape={shape}>
        <AriaDialog className="dialog" role={shape === "alert" ? "alertdialog" : "dialog"} aria-label={title}>
          {shape === "sheet" && (
            <header className="dialog-header">
              {leading}
              <Heading slot="title" className="ellipsis">
                {title}
              </Heading>
              <IconButton label={t("action.close")} onPress={onClose}>
                <X />
              </IconButton>
            </header>
          )}
          {children}
          {onClosed !== undefined && <AfterClosing run={onClosed} />}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export interface ConfirmDialogProps {
  title: string;
  hint: string;
  /** What the button does, in the words of the menu item that led here. */
  confirm: string;
  is_open: boolean;
  is_danger?: boolean;
  onConfirm: () => void;
  onClose: () => void;
  onClosed?: (() => void) | undefined;
}

/** Asks once before something that cannot be undone. */
export function ConfirmDialog({
  title,
  hint,
  confirm,
  is_open,
  is_danger = true,
  onConfirm,
  onClose,
  onClosed,
}: ConfirmDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={title} is_open={is_open} onClose={onClose} onClosed={onClosed} shape="alert">
      <Heading slot="title" className="dialog-question">
        {title}
      </Heading>
      <p className="dialog-hint">{hint}</p>
      <div className="dialog-actions">
        <Button onPress={onClose} autoFocus>
          {t("action.cancel")}
        </Button>
        <Button
          look={is_danger ? "danger" : "primary"}
          onPress={() => {
            onClose();
            onConfirm();
          }}
        >
          {confirm}
        </Button>
      </div>
    </Dialog>
  );
}
