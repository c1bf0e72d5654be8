import { Download } from "lucide-react";
import encodeQR from "qr";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { showToast } from "../toasts.ts";
import "./invites-page.css";

/** Modules of quiet that the encoder leaves around the code and that are added, and pixels a module when it is kept. */
const BORDER = 1;
const QUIET = 2;
const PIXELS = 12;

/** The dark modules as one path, a unit square each. */
function pathOf(modules: readonly (readonly boolean[])[]): string {
  return modules
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")))
    .join("");
}

/** A link as a picture: for the phone across the table. */
export function QrDialog({ url, name, onClose }: { url: string; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { path, size } = useMemo(() => {
    const modules = encodeQR(url, "raw", { ecc: "medium", border: BORDER });
    return { path: pathOf(modules), size: modules.length + QUIET * 2 };
  }, [url]);

  function download(): void {
    const canvas = document.createElement("canvas");
    canvas.width = size * PIXELS;
    canvas.height = size * PIXELS;
    const context = canvas.getContext("2d");
    if (context === null) {
      showToast(t("errors.unexpected"), "danger");
      return;
    }
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.scale(PIXELS, PIXELS);
    context.fillStyle = "#000";
    context.fill(new Path2D(path));
    canvas.toBlob((blob) => {
      if (blob === null) return;
      const address = URL.createObjectURL(blob);
      const link = document.createElement("a");
      link.href = address;
      link.download = `${name.replace(/[^\p{L}\p{N}]+/gu, "-") || "parley"}-qr.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 1_000);
    });
  }

  return (
    <Dialog title={t("invites.qr")} is_open onClose={onClose}>
      <div className="dialog-body qr-body">
        <svg
          className="qr-picture"
          viewBox={`0 0 ${size} ${size}`}
          shapeRendering="crispEdges"
          role="img"
          aria-label={t("invites.qr_label", { name })}
        >
          <path d={path} fill="#000" />
        </svg>
        <p className="details-quiet">{t("invites.qr_hint")}</p>
        <Button look="primary" onPress={download}>
          <Download aria-hidden="true" />
          {t("invites.download")}
        </Button>
      </div>
    </Dialog>
  );
}
