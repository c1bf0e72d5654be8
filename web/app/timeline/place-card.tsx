import { MapPin } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { LocationContent } from "../../../src/protocol/content.ts";
import { useFormats } from "../formats-context.tsx";
import "./place-card.css";

const WIDE = 320;
const HIGH = 140;
/** Of the drawn net: a line for each tenth of a degree, as far apart as this. */
const STEP = 64;

/** Where the lines of a net fall whose middle is at `value` degrees. */
function lines(value: number, length: number): number[] {
  const shift = ((((value * 10) % 1) + 1) % 1) * STEP;
  const found: number[] = [];
  for (let at = (length / 2) % STEP; at < length + STEP; at += STEP) found.push(at - shift);
  return found.filter((at) => at > 0 && at < length);
}

/** A place: its net of degrees with a pin, drawn here, because tiles of a map would tell a stranger who looks where. */
export function PlaceCard({ place, is_active }: { place: LocationContent; is_active: boolean }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { latitude, longitude, accuracy_m, label } = place;
  const words = formats.place(latitude, longitude);
  return (
    <div className="place">
      <svg
        className="place-map"
        viewBox={`0 0 ${WIDE} ${HIGH}`}
        preserveAspectRatio="xMidYMid slice"
        aria-hidden="true"
      >
        {lines(longitude, WIDE).map((x) => (
          <line key={`x${x}`} x1={x} x2={x} y1={0} y2={HIGH} />
        ))}
        {lines(-latitude, HIGH).map((y) => (
          <line key={`y${y}`} x1={0} x2={WIDE} y1={y} y2={y} />
        ))}
        <circle className="place-radius" cx={WIDE / 2} cy={HIGH / 2} r={34} />
        <circle className="place-dot" cx={WIDE / 2} cy={HIGH / 2} r={4} />
      </svg>
      <MapPin className="place-pin" aria-hidden="true" />
      <div className="place-words">
        {label !== undefined && (
          <strong className="place-label">
            <bdi>{label}</bdi>
          </strong>
        )}
        <span className="tabular">
          <bdi dir="ltr">{words}</bdi>
        </span>
        {accuracy_m !== undefined && accuracy_m >= 1 && (
          <span>{t("place.accuracy", { distance: formats.distance(accuracy_m) })}</span>
        )}
        <a
          href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`}
          target="_blank"
          rel="noopener noreferrer"
          tabIndex={is_active ? 0 : -1}
        >
          {t("place.open")}
        </a>
      </div>
    </div>
  );
}
