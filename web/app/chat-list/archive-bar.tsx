import { Archive, ArrowLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/button.tsx";
import { useFormats } from "../formats-context.tsx";
import "./archive-bar.css";

/** The way into the archive: above the chats, where there is one. */
export function ArchiveLink({ count, onOpen }: { count: number; onOpen: () => void }) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <button type="button" className="archive-link" onClick={onOpen}>
      <Archive aria-hidden="true" />
      <span>{t("chats.archived")}</span>
      <span className="archive-count tabular">{formats.capped(count, 999)}</span>
    </button>
  );
}

/** The head of the archive, with the way back. */
export function ArchiveHead({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="archive-head">
      <IconButton label={t("chats.archived_back")} onPress={onBack} autoFocus>
        <ArrowLeft className="icon-directional" />
      </IconButton>
      <h2>{t("chats.archived")}</h2>
    </div>
  );
}
