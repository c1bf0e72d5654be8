import { X } from "lucide-react";
import { Button } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import { useReadable } from "./parley-context.tsx";
import { dismissToast, toasts } from "./toasts.ts";
import "./toast-region.css";

/** Where short words about what happened appear. The region is always there, so that screen readers watch it. */
export function ToastRegion() {
  const { t } = useTranslation();
  const shown = useReadable(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite" data-react-aria-top-layer="true">
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
