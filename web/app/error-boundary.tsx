import CloudAlert from "lucide-react/icons/cloud-alert";
import { Component, type ReactNode } from "react";
import { Translation } from "react-i18next";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";

/** A screen that fails to draw says so in words and offers the way out; what is on the device is not touched. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { has_failed: boolean }> {
  override state = { has_failed: false };

  static getDerivedStateFromError(): { has_failed: boolean } {
    return { has_failed: true };
  }

  override render(): ReactNode {
    if (!this.state.has_failed) return this.props.children;
    return (
      <Translation>
        {(t) => (
          <div className="splash" role="alert">
            <EmptyState icon={<CloudAlert />} title={t("update.crashed")} hint={t("update.crashed_hint")}>
              <Button look="primary" onPress={() => location.reload()}>
                {t("update.reload")}
              </Button>
            </EmptyState>
          </div>
        )}
      </Translation>
    );
  }
}
