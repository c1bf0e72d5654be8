import { ArrowLeft, LogOut, Trash2, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { can } from "../../../src/domain/rights.ts";
import type { Profile } from "../../../src/protocol/user.ts";
import type { ChatScreen } from "../../sync/client.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/dialog.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { PresenceWords } from "../conversation/conversation-header.tsx";
import { useChatHandle } from "../conversation/conversation-pane.tsx";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { useMaybeReadable, useParley } from "../parley-context.tsx";
import { navigate } from "../route.ts";
import { showToast } from "../toasts.ts";
import { useWidth } from "../width.ts";
import { AddPeopleDialog } from "./add-people-dialog.tsx";
import "./details-pane.css";
import { GroupIntro } from "./group-intro.tsx";
import { MemberList } from "./member-list.tsx";

export interface DetailsPaneProps {
  chat_id: string;
  my_id: string;
  onClose: () => void;
}

/** All about the open chat: the other person, or the group with its members. */
export function DetailsPane({ chat_id, my_id, onClose }: DetailsPaneProps) {
  const { t } = useTranslation();
  const width = useWidth();
  const handle = useChatHandle(chat_id);
  const screen = useMaybeReadable(handle?.screen);
  return (
    <aside className="details-pane" aria-label={t("details.title")}>
      <header className="details-header">
        {width === "phone" && (
          <IconButton label={t("action.back")} onPress={onClose}>
            <ArrowLeft className="icon-directional" />
          </IconButton>
        )}
        <h2>{t("details.title")}</h2>
        {width !== "phone" && (
          <IconButton label={t("details.close")} onPress={onClose}>
            <X />
          </IconButton>
        )}
      </header>
      <div className="details-body">
        {screen === undefined || screen.status === "loading" ? (
          <ListSkeleton />
        ) : screen.peer_id !== undefined ? (
          <PersonDetails screen={screen} user_id={screen.peer_id} my_id={my_id} />
        ) : (
          <GroupDetails screen={screen} my_id={my_id} />
        )}
      </div>
    </aside>
  );
}

function PersonDetails({ screen, user_id, my_id }: { screen: ChatScreen; user_id: string; my_id: string }) {
  const { t } = useTranslation();
  const client = useParley();
  const member = screen.members.find((one) => one.user_id === user_id);
  const [profile, setProfile] = useState<Profile | undefined>(undefined);
  useEffect(() => {
    let isCurrent = true;
    // Offline, the name that this device knows is enough.
    client.profile(user_id).then(
      (found) => isCurrent && setProfile(found),
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [client, user_id]);
  const username = profile?.username ?? member?.username;
  return (
    <>
      <div className="details-intro">
        <Avatar id={user_id} name={screen.title} size="large" />
        <h3 dir="auto">{screen.title}</h3>
        <p className="details-quiet">
          {user_id === my_id ? t("details.you") : <PresenceWords user_id={user_id} chat_id={screen.chat_id} />}
        </p>
      </div>
      <dl className="details-facts">
        {username !== undefined && (
          <div>
            <dt>{t("details.username")}</dt>
            <dd dir="ltr">@{username}</dd>
          </div>
        )}
        {profile !== undefined && profile.status_message !== "" && (
          <div>
            <dt>{t("details.status")}</dt>
            <dd dir="auto">{profile.status_message}</dd>
          </div>
        )}
      </dl>
    </>
  );
}

function GroupDetails({ screen, my_id }: { screen: ChatScreen; my_id: string }) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const [dialog, setDialog] = useState<"add" | "leave" | "end" | undefined>(undefined);
  const { chat, me } = screen;
  if (chat === undefined || me === undefined) return <ListSkeleton />;
  const may = (right: Parameters<typeof can>[2]): boolean => can(chat.chat_type, me.role, right);
  const close = (): void => setDialog(undefined);
  const gone = (done: Promise<void>): void => {
    done.then(
      () => navigate({ at: "home" }, { replace: true }),
      (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
    );
  };
  return (
    <>
      <GroupIntro chat={chat} can_edit={may("change_info")} />
      <MemberList screen={screen} my_id={my_id} onAdd={may("add_members") ? () => setDialog("add") : undefined} />
      <div className="details-end">
        {may("leave") && (
          <Button look="danger-quiet" onPress={() => setDialog("leave")}>
            <LogOut className="icon-directional" />
            {t("details.leave")}
          </Button>
        )}
        {may("end_chat") && (
          <Button look="danger-quiet" onPress={() => setDialog("end")}>
            <Trash2 />
            {t("details.delete")}
          </Button>
        )}
        <p className="details-quiet">{t("details.created", { date: formats.date(Date.parse(chat.created_at)) })}</p>
      </div>
      {dialog === "add" && <AddPeopleDialog screen={screen} onClose={close} />}
      <ConfirmDialog
        is_open={dialog === "leave"}
        title={t("details.leave_title", { name: chat.name })}
        hint={t("details.leave_hint")}
        confirm={t("details.leave")}
        onClose={close}
        onConfirm={() => gone(client.leaveChat(chat.chat_id))}
      />
      <ConfirmDialog
        is_open={dialog === "end"}
        title={t("details.delete_title", { name: chat.name })}
        hint={t("details.delete_hint")}
        confirm={t("details.delete")}
        onClose={close}
        onConfirm={() => gone(client.endChat(chat.chat_id))}
      />
    </>
  );
}
