import { CloudAlert, Globe, Monitor, Smartphone } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Session } from "../../../src/protocol/user.ts";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/dialog.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { faultWords } from "../fault-words.ts";
import { useFormats, useNow } from "../formats-context.tsx";
import { useParley } from "../parley-context.tsx";
import { SignOutDialog } from "../sign-out-dialog.tsx";
import { showToast } from "../toasts.ts";

/** A session heard of within this long counts as active now. */
const ACTIVE_MS = 5 * 60_000;

const ICONS = { web: <Globe />, mobile: <Smartphone />, desktop: <Monitor />, other: <Monitor /> };

/** Where the account is signed in, and the way to sign any of it out. */
export function DevicesPage() {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const now = useNow(60_000);
  const [sessions, setSessions] = useState<readonly Session[] | undefined>(undefined);
  const [problem, setProblem] = useState<unknown>(undefined);
  const [doomed, setDoomed] = useState<Session | undefined>(undefined);
  const [isEverywhere, setEverywhere] = useState(false);

  const load = useCallback(() => {
    setProblem(undefined);
    client.sessions().then(setSessions, setProblem);
  }, [client]);
  useEffect(load, [load]);

  const nameOf = (session: Session): string => session.device_name || t("settings.unknown_device");

  function revoke(session: Session): void {
    client.revokeSession(session.session_id).then(
      () => setSessions((old) => old?.filter((one) => one.session_id !== session.session_id)),
      (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
    );
  }

  if (sessions === undefined && problem !== undefined)
    return (
      <EmptyState icon={<CloudAlert />} title={t("settings.devices_failed", { reason: faultWords(t, problem) })}>
        <Button onPress={load}>{t("action.try_again")}</Button>
      </EmptyState>
    );
  if (sessions === undefined) return <ListSkeleton />;
  const sorted = sessions.toSorted(
    (a, b) => Number(b.is_current) - Number(a.is_current) || b.last_active_at.localeCompare(a.last_active_at),
  );
  return (
    <>
      <p className="page-hint">{t("settings.devices_hint")}</p>
      <ul>
        {sorted.map((session) => {
          const active = Date.parse(session.last_active_at);
          const isActive = session.is_current || now - active < ACTIVE_MS;
          const when = formats.ago(active, now) ?? t("presence.just_now");
          return (
            <li className="device" key={session.session_id}>
              {ICONS[session.device_type]}
              <span className="device-words">
                <span className="device-name">
                  <bdi>{nameOf(session)}</bdi>
                  {session.is_current && <small>{t("settings.this_device")}</small>}
                </span>
                <span className="page-hint">
                  {isActive ? t("settings.active_now") : t("settings.last_active", { when })} ·{" "}
                  {t("settings.signed_in", { date: formats.date(Date.parse(session.created_at)) })}
                </span>
              </span>
              {!session.is_current && (
                <Button
                  look="danger-quiet"
                  aria-label={t("settings.revoke_label", { device: nameOf(session) })}
                  onPress={() => setDoomed(session)}
                >
                  {t("settings.revoke")}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      <div>
        <Button look="danger-quiet" className="settings-everywhere" onPress={() => setEverywhere(true)}>
          {t("settings.revoke_all")}
        </Button>
      </div>
      <ConfirmDialog
        is_open={doomed !== undefined}
        title={t("settings.revoke_title", { device: doomed === undefined ? "" : nameOf(doomed) })}
        hint={t("settings.revoke_hint")}
        confirm={t("settings.revoke")}
        onClose={() => setDoomed(undefined)}
        onConfirm={() => doomed !== undefined && revoke(doomed)}
      />
      {isEverywhere && <SignOutDialog is_everywhere onClose={() => setEverywhere(false)} />}
    </>
  );
}
