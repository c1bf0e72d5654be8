import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../ui/dialog.tsx";
import { faultWords } from "./fault-words.ts";
import { useParley, useReadable } from "./parley-context.tsx";
import { navigate } from "./route.ts";
import { showToast } from "./toasts.ts";

/** Asks before this device forgets everything, and says what would be lost. */
export function SignOutDialog({ onClose, is_everywhere = false }: { onClose: () => void; is_everywhere?: boolean }) {
  const { t } = useTranslation();
  const client = useParley();
  const { unsent } = useReadable(client.connection);
  const warning = unsent > 0 ? t("settings.sign_out_unsent", { count: unsent }) : undefined;
  const plain = is_everywhere ? t("settings.revoke_all_hint") : t("settings.sign_out_hint");
  return (
    <ConfirmDialog
      title={is_everywhere ? t("settings.revoke_all_title") : t("settings.sign_out_title")}
      hint={warning ?? plain}
      confirm={
        warning !== undefined
          ? t("settings.sign_out_anyway")
          : is_everywhere
            ? t("settings.revoke_all")
            : t("settings.sign_out")
      }
      is_danger={warning !== undefined || is_everywhere}
      is_open
      onClose={onClose}
      onConfirm={() => {
        client.signOut(is_everywhere ? { all: true } : {}).then(
          () => navigate({ at: "sign_in" }, { replace: true }),
          (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
        );
      }}
    />
  );
}
