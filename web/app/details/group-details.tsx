import { DoorOpen, Flag, Link2, LogOut, RadioTower, ShieldX, SlidersHorizontal, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { allows, can } from "../../../src/domain/rights.ts";
import type { ChatScreen } from "../../sync/client.ts";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/dialog.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { useParley, useReadable } from "../parley-context.tsx";
import { askReport } from "../people/people-dialogs.ts";
import { navigate } from "../route.ts";
import { showToast } from "../toasts.ts";
import { AddPeopleDialog } from "./add-people-dialog.tsx";
import { ClearLines } from "./clear-lines.tsx";
import { DetailsLink } from "./details-link.tsx";
import type { DetailsPage } from "./details-page.ts";
import { GroupIntro } from "./group-intro.tsx";
import { MemberList } from "./member-list.tsx";
import { MuteLine } from "./mute-line.tsx";

/** Of a broadcast list: everybody in it but its owner. */
const recipientsOf = (screen: ChatScreen) =>
  screen.members.filter((member) => member.removed_at === undefined && member.role !== "owner");

export interface GroupDetailsProps {
  screen: ChatScreen;
  my_id: string;
  onPage: (page: DetailsPage) => void;
}

/** A group, channel or broadcast list: what it is, what is set, who is in it, and the ways out. */
export function GroupDetails({ screen, my_id, onPage }: GroupDetailsProps) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const { lines } = useReadable(client.inbox);
  const [dialog, setDialog] = useState<"add" | "leave" | "end" | undefined>(undefined);
  const { chat, me } = screen;
  if (chat === undefined || me === undefined) return <ListSkeleton />;
  const type = chat.chat_type === "direct" ? "group" : chat.chat_type;
  const may = (right: Parameters<typeof allows>[2]): boolean => allows(chat, me.role, right);
  const isShared = type !== "broadcast";
  const waiting = lines.find((line) => line.chat_id === chat.chat_id)?.join_request_count ?? 0;
  const close = (): void => setDialog(undefined);
  const gone = (done: Promise<void>): void => {
    done.then(
      () => navigate({ at: "home" }, { replace: true }),
      (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
    );
  };
  return (
    <>
      <GroupIntro
        chat={chat}
        can_edit={may("change_info")}
        recipients={isShared ? undefined : recipientsOf(screen).length}
      />
      {type === "broadcast" && (
        <p className="details-explain">
          <RadioTower aria-hidden="true" />
          {t("kinds.broadcast_each")}
        </p>
      )}
      <div className="details-links">
        {isShared && <MuteLine chat_id={chat.chat_id} my_id={my_id} />}
        <DetailsLink
          page="settings"
          icon={<SlidersHorizontal aria-hidden="true" />}
          label={t("chat_settings.page_settings")}
          value={isShared ? t(chat.settings.is_public ? "chat_settings.public" : "chat_settings.private") : undefined}
          onPage={onPage}
        />
        {isShared && may("add_members") && (
          <DetailsLink
            page="invites"
            icon={<Link2 aria-hidden="true" />}
            label={t("chat_settings.page_invites")}
            onPage={onPage}
          />
        )}
        {isShared && can(chat.chat_type, me.role, "admit_members") && (
          <DetailsLink
            page="requests"
            icon={<DoorOpen aria-hidden="true" />}
            label={t("chat_settings.page_requests")}
            badge={waiting > 0 ? formats.capped(waiting, 99) : undefined}
            onPage={onPage}
          />
        )}
        {isShared && can(chat.chat_type, me.role, "ban_members") && (
          <DetailsLink
            page="bans"
            icon={<ShieldX aria-hidden="true" />}
            label={t("chat_settings.page_bans")}
            onPage={onPage}
          />
        )}
        <ClearLines chat_id={chat.chat_id} my_id={my_id} />
      </div>
      <MemberList screen={screen} my_id={my_id} onAdd={may("add_members") ? () => setDialog("add") : undefined} />
      <div className="details-end">
        {isShared && me.role !== "owner" && (
          <Button
            look="danger-quiet"
            onPress={() => askReport({ kind: "chat", chat_id: chat.chat_id, name: chat.name })}
          >
            <Flag />
            {t("report.action")}
          </Button>
        )}
        {may("leave") && (
          <Button look="danger-quiet" onPress={() => setDialog("leave")}>
            <LogOut className="icon-directional" />
            {t(type === "channel" ? "kinds.leave_channel" : "details.leave")}
          </Button>
        )}
        {may("end_chat") && (
          <Button look="danger-quiet" onPress={() => setDialog("end")}>
            <Trash2 />
            {t(type === "group" ? "details.delete" : `kinds.delete_${type}`)}
          </Button>
        )}
        <p className="details-quiet">{t("details.created", { date: formats.date(Date.parse(chat.created_at)) })}</p>
      </div>
      {dialog === "add" && <AddPeopleDialog screen={screen} onClose={close} />}
      <ConfirmDialog
        is_open={dialog === "leave"}
        title={t("details.leave_title", { name: chat.name })}
        hint={t("details.leave_hint")}
        confirm={t(type === "channel" ? "kinds.leave_channel" : "details.leave")}
        onClose={close}
        onConfirm={() => gone(client.leaveChat(chat.chat_id))}
      />
      <ConfirmDialog
        is_open={dialog === "end"}
        title={t("details.delete_title", { name: chat.name })}
        hint={t(type === "broadcast" ? "kinds.delete_broadcast_hint" : "details.delete_hint")}
        confirm={t(type === "group" ? "details.delete" : `kinds.delete_${type}`)}
        onClose={close}
        onConfirm={() => gone(client.endChat(chat.chat_id))}
      />
    </>
  );
}
