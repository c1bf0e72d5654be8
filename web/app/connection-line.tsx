import { useEffect, useState } from "react";
import { Button } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import "./connection-line.css";
import { useOverlay } from "./overlays.tsx";
import { useParley, useReadable } from "./parley-context.tsx";

/** Trouble shorter than this is not worth a word. */
const PATIENCE_MS = 800;

/** One quiet line about the connection, only while there is something to say. */
export function ConnectionLine() {
  const { t } = useTranslation();
  const client = useParley();
  const openOverlay = useOverlay();
  const { status, unsent, failed } = useReadable(client.connection);
  const isQuiet = status === "online" && failed === 0;
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (isQuiet) {
      setShown(false);
      return;
    }
    const timer = setTimeout(() => setShown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isQuiet]);
  const isVisible = isShown && !isQuiet;
  const words = (): string => {
    if (status === "online") return t("connection.failed", { count: failed });
    if (status === "waiting") return t(unsent > 0 ? "connection.waiting" : "connection.waiting_idle");
    return t(`connection.${status}`);
  };
  const line = (
    <>
      {status !== "online" && <span className="connection-pulse" aria-hidden="true" />}
      <span className="ellipsis">{words()}</span>
    </>
  );
  return (
    <div className="connection" data-shown={isVisible || undefined} role="status">
      {isVisible &&
        (status === "waiting" ? (
          // Impatience has its place: a press tries at once.
          <Button className="connection-words" onPress={() => client.reconnect()}>
            {line}
            <span className="visually-hidden">{t("connection.now")}</span>
          </Button>
        ) : status === "online" ? (
          <Button className="connection-words" onPress={() => openOverlay("failures")}>
            {line}
            <span className="connection-more">{t("failures.show")}</span>
          </Button>
        ) : (
          <div className="connection-words">{line}</div>
        ))}
    </div>
  );
}
