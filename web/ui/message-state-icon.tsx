import { CircleAlert, Clock3 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { MessageState } from "../sync/client.ts";
import "./message-state-icon.css";

/** Clock, one tick, two ticks, two coloured ticks, or red: drawn, with a name for those who hear it. */
export function MessageStateIcon({ state }: { state: MessageState }) {
  const { t } = useTranslation();
  return (
    <span className="message-state" data-state={state} role="img" aria-label={t(`state.${state}`)}>
      <Drawing state={state} />
    </span>
  );
}

function Drawing({ state }: { state: MessageState }) {
  switch (state) {
    case "waiting":
    case "sending":
    case "retrying":
      return <Clock3 aria-hidden="true" />;
    case "failed":
      return <CircleAlert aria-hidden="true" />;
    case "sent":
      return (
        <svg viewBox="0 0 18 12" aria-hidden="true">
          <path d="m3.500 6.600 3.300 3.300 7-7.600" />
        </svg>
      );
    case "delivered":
    case "read":
      return (
        <svg viewBox="0 0 18 12" aria-hidden="true">
          <path d="m1.200 6.600 3.300 3.300 7-7.600" />
          <path d="m8.300 9.300.6.600 7-7.600" />
        </svg>
      );
  }
}
