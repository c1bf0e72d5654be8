import Layers from "lucide-react/icons/layers";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../ui/empty-state.tsx";

/** In place of everything while another tab holds the store of this device: what to do. It goes by itself. */
export function HeldStore() {
  const { t } = useTranslation();
  return (
    <div className="splash" role="alert">
      <EmptyState icon={<Layers />} title={t("update.held")} hint={t("update.held_hint")} />
    </div>
  );
}
