import X from "lucide-react/icons/x";
import { useRef } from "react";
import { Button } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import { useReadable } from "./parley-context.tsx";
import { dismissToast, toasts } from "./toasts.ts";
import "./toast-region.css";

/** Where short words about what happened appear. The region is always there, so that screen readers watch it. */
export function ToastRegion() {
  const { t } = useTranslation();
  const shown = useReadable(toasts);
  const before = useRef<Element | null>(null);
  return (
    <div
      className="toasts"
      role="status"
      aria-live="polite"
      data-react-aria-top-layer="true"
      onFocus={({ relatedTarget, currentTarget }) => {
        if (!currentTarget.contains(relatedTarget)) before.current = relatedTarget;
      }}
    >
      {shown.map((toast) => (
        <div className="toast" key={toast.id} data-tone={toast.tone}>
          <span>{toast.text}</span>
          {toast.actions.map(({ label, run }) => (
            <Button
              key={label}
              className="toast-action"
              onPress={() => {
                dismissToast(toast.id);
                run();
                giveBack(before.current);
              }}
            >
              {label}
            </Button>
          ))}
          {toast.tone === "danger" && (
            <Button className="toast-close" aria-label={t("action.close")} onPress={() => dismissToast(toast.id)}>
              <X />
            </Button>
          )}
        </div>
      ))}
    </div>
  );
}

/** The pressed button is gone: where the focus was it goes again, or to the dialog that is open, which Esc then closes. */
function giveBack(before: Element | null): void {
  setTimeout(() => {
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    const dialog = document.querySelector<HTMLElement>("[role=alertdialog], [role=dialog]");
    const place = before?.isConnected && (dialog === null || dialog.contains(before)) ? before : dialog;
    if (place instanceof HTMLElement) place.focus();
  });
}
