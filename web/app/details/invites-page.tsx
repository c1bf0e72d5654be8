import { CloudAlert, Copy, EllipsisVertical, Link2, Link2Off, Plus, QrCode, Share2 } from "lucide-react";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Invite } from "../../../src/protocol/entry-routes.ts";
import { type Action, ActionMenuButton } from "../../ui/action-menu.tsx";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/dialog.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { useAnswer } from "../answer.ts";
import { faultWords } from "../fault-words.ts";
import { useFormats, useNow } from "../formats-context.tsx";
import { useParley } from "../parley-context.tsx";
import { QrDialog } from "../screens.ts";
import { showToast } from "../toasts.ts";
import { InviteForm } from "./invite-form.tsx";
import "./invites-page.css";

const isLive = (invite: Invite, now: number): boolean =>
  invite.revoked_at === undefined &&
  (invite.expires_at === undefined || Date.parse(invite.expires_at) > now) &&
  (invite.max_uses === undefined || invite.uses < invite.max_uses);

/** The links that lead into a chat: the lasting one, and others with an end. */
export function InvitesPage({ chat_id, name }: { chat_id: string; name: string }) {
  const { t } = useTranslation();
  const client = useParley();
  const now = useNow(30_000);
  const { answer, reload, change } = useAnswer(chat_id, async () => {
    // Asked for first, so that a chat without one has one in the list.
    const main = await client.server.ask("inviteLink", { params: { id: chat_id } });
    const { invites } = await client.server.ask("listInvites", { params: { id: chat_id } });
    return { main, invites };
  });
  const [dialog, setDialog] = useState<
    { kind: "create" } | { kind: "qr"; invite: Invite } | { kind: "revoke"; invite: Invite } | undefined
  >(undefined);
  const data = answer.data;
  if (data === undefined)
    return answer.status === "failed" ? (
      <EmptyState icon={<CloudAlert />} title={t("invites.failed", { reason: faultWords(t, answer.thrown) })}>
        <Button onPress={reload}>{t("action.try_again")}</Button>
      </EmptyState>
    ) : (
      <ListSkeleton />
    );
  const { main, invites } = data;
  const others = invites.filter((one) => one.code !== main.code);
  const close = (): void => setDialog(undefined);

  function copy(invite: Invite): void {
    navigator.clipboard.writeText(invite.url).then(
      () => showToast(t("person.link_copied")),
      () => showToast(t("errors.unexpected"), "danger"),
    );
  }
  function share(invite: Invite): void {
    // Closing the sheet of the system is no failure.
    navigator.share({ title: name, url: invite.url }).catch(() => undefined);
  }
  function revoke(invite: Invite): void {
    client.server.ask("revokeInvite", { params: { id: chat_id, code: invite.code } }).then(
      () => {
        showToast(t("invites.revoked"));
        reload();
        change((old) => ({ ...old, invites: old.invites.filter((one) => one.code !== invite.code) }));
      },
      (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
    );
  }
  const canShare = typeof navigator.share === "function";

  return (
    <>
      <section className="invite-main" aria-label={t("invites.main")}>
        <h3>{t("invites.main")}</h3>
        <p className="invite-url" dir="ltr">
          {main.url}
        </p>
        <div className="invite-actions">
          <Button look="primary" onPress={() => copy(main)}>
            <Copy aria-hidden="true" />
            {t("invites.copy")}
          </Button>
          {canShare && (
            <Button onPress={() => share(main)}>
              <Share2 aria-hidden="true" />
              {t("invites.share")}
            </Button>
          )}
          <Button onPress={() => setDialog({ kind: "qr", invite: main })}>
            <QrCode aria-hidden="true" />
            {t("invites.qr")}
          </Button>
          <Button look="danger-quiet" onPress={() => setDialog({ kind: "revoke", invite: main })}>
            <Link2Off aria-hidden="true" />
            {t("invites.renew")}
          </Button>
        </div>
      </section>
      <section className="details-section">
        <div className="details-members-head">
          <h3>{t("invites.more")}</h3>
          <Button look="quiet" onPress={() => setDialog({ kind: "create" })}>
            <Plus aria-hidden="true" />
            {t("invites.create")}
          </Button>
        </div>
        {others.length === 0 && <p className="details-quiet">{t("invites.more_hint")}</p>}
        <ul>
          {others.map((invite) => (
            <InviteLine
              key={invite.code}
              invite={invite}
              is_live={isLive(invite, now)}
              actions={[
                { id: "copy", label: t("invites.copy"), icon: <Copy />, run: () => copy(invite) },
                ...(canShare
                  ? [{ id: "share", label: t("invites.share"), icon: <Share2 />, run: () => share(invite) }]
                  : []),
                {
                  id: "qr",
                  label: t("invites.qr"),
                  icon: <QrCode />,
                  run: () => setDialog({ kind: "qr", invite }),
                },
                {
                  id: "revoke",
                  label: t("invites.revoke"),
                  icon: <Link2Off />,
                  is_danger: true,
                  run: () => setDialog({ kind: "revoke", invite }),
                },
              ]}
            />
          ))}
        </ul>
      </section>
      {dialog?.kind === "create" && (
        <InviteForm
          chat_id={chat_id}
          onMade={(invite) => change((old) => ({ ...old, invites: [invite, ...old.invites] }))}
          onClose={close}
        />
      )}
      <Suspense fallback={null}>
        {dialog?.kind === "qr" && <QrDialog url={dialog.invite.url} name={name} onClose={close} />}
      </Suspense>
      <ConfirmDialog
        is_open={dialog?.kind === "revoke"}
        title={t("invites.revoke_title")}
        hint={t("invites.revoke_hint")}
        confirm={t("invites.revoke")}
        onClose={close}
        onConfirm={() => dialog?.kind === "revoke" && revoke(dialog.invite)}
      />
    </>
  );
}

function InviteLine({ invite, is_live, actions }: { invite: Invite; is_live: boolean; actions: readonly Action[] }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const facts = [
    invite.max_uses === undefined
      ? t("invites.used", { count: invite.uses })
      : t("invites.used_of", { uses: formats.number(invite.uses), max: formats.number(invite.max_uses) }),
    invite.expires_at === undefined
      ? undefined
      : t("status.until", { when: formats.full(Date.parse(invite.expires_at)) }),
    invite.role === "guest" ? t("invites.guests") : undefined,
    invite.needs_approval ? t("invites.approval") : undefined,
  ].filter(Boolean);
  return (
    <li className="invite-line" data-over={!is_live || undefined}>
      <Link2 aria-hidden="true" />
      <span className="person-words">
        <span className="person-name ellipsis" dir="ltr">
          {invite.url.replace(/^https?:\/\//, "")}
        </span>
        <span className="person-detail">{is_live ? facts.join(" · ") : t("invites.over")}</span>
      </span>
      {is_live && <ActionMenuButton label={t("invites.menu")} icon={<EllipsisVertical />} actions={actions} />}
    </li>
  );
}
