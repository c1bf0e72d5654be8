import { Bookmark, Copy, EyeOff, Forward, Trash2, X } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/button.tsx";
import { KEYS } from "../keys.ts";
import "./selection-bar.css";

export interface SelectionBarProps {
  count: number;
  can_forward: boolean;
  can_delete: boolean;
  onCopy: () => void;
  onForward: () => void;
  onSave: () => void;
  onHide: () => void;
  onDelete: () => void;
  onCancel: () => void;
}

/** Takes the header's place while several messages are chosen. */
export function SelectionBar(props: SelectionBarProps) {
  const { t } = useTranslation();
  const { count, onCancel } = props;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector(".modal-overlay") !== null) return;
      event.preventDefault();
      onCancel();
    };
    addEventListener("keydown", onKeyDown, { capture: true });
    return () => removeEventListener("keydown", onKeyDown, { capture: true });
  }, [onCancel]);
  return (
    <header className="conversation-header selection-bar" role="toolbar" aria-label={t("select.bar")}>
      <IconButton label={t("select.cancel")} keys={KEYS.back} onPress={onCancel}>
        <X />
      </IconButton>
      <strong className="selection-count tabular" role="status">
        {t("select.count", { count })}
      </strong>
      <IconButton label={t("message.copy")} onPress={props.onCopy}>
        <Copy />
      </IconButton>
      <IconButton label={t("message.forward")} isDisabled={!props.can_forward} onPress={props.onForward}>
        <Forward className="icon-directional" />
      </IconButton>
      <IconButton label={t("message.save")} isDisabled={!props.can_forward} onPress={props.onSave}>
        <Bookmark />
      </IconButton>
      <IconButton label={t("message.hide")} isDisabled={!props.can_forward} onPress={props.onHide}>
        <EyeOff />
      </IconButton>
      <IconButton
        label={t("message.delete")}
        className="selection-delete"
        isDisabled={!props.can_delete}
        onPress={props.onDelete}
      >
        <Trash2 />
      </IconButton>
    </header>
  );
}
