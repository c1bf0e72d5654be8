import { LocateFixed } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LocationContent } from "../../../src/protocol/content.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { PlaceCard } from "../timeline/place-card.tsx";
import { parsePlace } from "./place-text.ts";
import "./made-dialog.css";

const WAIT_MS = 15_000;

/** Chooses a place: where this device is, or one that was copied from a map. */
export function PlaceDialog({ onMade, onClose }: { onMade: (place: LocationContent) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [label, setLabel] = useState("");
  const [here, setHere] = useState<LocationContent | undefined>(undefined);
  const [status, setStatus] = useState<"idle" | "looking" | "denied" | "failed">("idle");
  const place = typed.trim() === "" ? here : parsePlace(typed);

  function locate(): void {
    setStatus("looking");
    setTyped("");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setStatus("idle");
        setHere({
          latitude: coords.latitude,
          longitude: coords.longitude,
          accuracy_m: Math.min(1_000_000, Math.round(coords.accuracy)),
        });
      },
      (error) => setStatus(error.code === error.PERMISSION_DENIED ? "denied" : "failed"),
      { enableHighAccuracy: true, timeout: WAIT_MS },
    );
  }

  function make(): void {
    const made = LocationContent.safeParse({ ...place, ...(label.trim() === "" ? {} : { label }) });
    if (!made.success) return;
    onMade(made.data);
    onClose();
  }

  return (
    <Dialog title={t("place.title")} is_open onClose={onClose}>
      <form
        className="dialog-body made"
        onSubmit={(event) => {
          event.preventDefault();
          make();
        }}
      >
        <Button onPress={locate} isDisabled={status === "looking"} autoFocus>
          <LocateFixed />
          {t(status === "looking" ? "place.looking" : "place.here")}
        </Button>
        {(status === "denied" || status === "failed") && (
          <p className="field-error" role="alert">
            {t(status === "denied" ? "place.denied" : "place.failed")}
          </p>
        )}
        <span className="made-or">{t("place.or")}</span>
        <Field
          label={t("place.coordinates")}
          hint={t("place.coordinates_hint")}
          value={typed}
          onChange={setTyped}
          error={typed.trim() !== "" && place === undefined ? t("place.bad") : undefined}
        />
        <Field label={t("place.label")} value={label} onChange={setLabel} maxLength={120} />
        {place !== undefined && <PlaceCard place={place} is_active />}
        <div className="dialog-foot">
          <Button look="primary" type="submit" isDisabled={place === undefined}>
            {t("place.send")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
