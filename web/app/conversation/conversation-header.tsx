import {
  AppWindow,
  ArrowLeft,
  Bookmark,
  CalendarClock,
  EllipsisVertical,
  Info,
  MessagesSquare,
  Search,
} from "lucide-react";
import { Suspense, useMemo, useState } from "react";
import { Button } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import type { ChatHandle, ChatScreen } from "../../sync/client.ts";
import { ActionMenuButton } from "../../ui/action-menu.tsx";
import { Avatar } from "../../ui/avatar.tsx";
import { IconButton } from "../../ui/button.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { useChatActions } from "../chat-list/chat-actions.tsx";
import { useFormats, useNow } from "../formats-context.tsx";
import { KEYS } from "../keys.ts";
import { useMaybeReadable, useParley, useReadable } from "../parley-context.tsx";
import { CustomStatusLine } from "../people/custom-status-line.tsx";
import { useNameOf } from "../people/people-book.ts";
import { chatRoute, chatSearchRoute, goBack, navigate, pathOf, threadRoute } from "../route.ts";
import "./conversation-header.css";
import { ScheduledDialog } from "./dialogs.ts";

export interface ConversationHeaderProps {
  handle: ChatHandle;
  screen: ChatScreen;
  my_id: string;
  has_back: boolean;
  is_details_open: boolean;
  onToggleDetails: () => void;
}

/** Who this is with, whether they are there, and the way to more about it. */
export function ConversationHeader({
  handle,
  screen,
  my_id,
  has_back,
  is_details_open,
  onToggleDetails,
}: ConversationHeaderProps) {
  const { t } = useTranslation();
  const nameOf = useNameOf();
  const isSaved = screen.peer_id === my_id;
  const ownName = screen.peer_id === undefined ? screen.title : nameOf(screen.peer_id, screen.title);
  const name = isSaved ? t("list.saved") : ownName;
  return (
    <header className="conversation-header">
      {has_back && (
        <IconButton label={t("conversation.back")} onPress={() => goBack({ at: "home" })}>
          <ArrowLeft className="icon-directional" />
        </IconButton>
      )}
      <h2 className="conversation-heading">
        <Button className="conversation-who" onPress={onToggleDetails} aria-expanded={is_details_open}>
          <Avatar
            id={screen.peer_id ?? screen.chat_id}
            name={name}
            size="small"
            is_group={screen.peer_id === undefined}
            icon={isSaved ? <Bookmark /> : undefined}
          />
          <span className="conversation-words">
            <OneLine className="conversation-title">{name}</OneLine>
            <span className="conversation-status ellipsis">
              <Status screen={screen} my_id={my_id} />
            </span>
          </span>
        </Button>
      </h2>
      <IconButton
        label={t("search.in_chat")}
        keys={KEYS.search_chat}
        onPress={() => navigate(chatSearchRoute(screen.chat_id))}
      >
        <Search />
      </IconButton>
      <MoreMenu handle={handle} screen={screen} my_id={my_id} />
      <IconButton
        label={t("conversation.details")}
        className="conversation-info"
        keys={KEYS.details}
        onPress={onToggleDetails}
        aria-expanded={is_details_open}
      >
        <Info />
      </IconButton>
    </header>
  );
}

/** What concerns the conversation and is not needed every minute; what its row in the list offers, too. */
function MoreMenu({ handle, screen, my_id }: { handle: ChatHandle; screen: ChatScreen; my_id: string }) {
  const { t } = useTranslation();
  const client = useParley();
  const chatActions = useChatActions(my_id);
  const line = useReadable(client.inbox).lines.find((one) => one.chat_id === screen.chat_id);
  const [isListing, setListing] = useState(false);
  // Who marks the open chat as unread wants to come back to it: it is left, or it would count as read again.
  const own = (line === undefined ? [] : chatActions(line)).flatMap((action) =>
    action.id === "read" ? [] : [action.id === "unread" ? { ...action, run: () => leave(action.run) } : action],
  );
  const leave = (mark: () => void): void => {
    mark();
    navigate({ at: "home" });
  };
  return (
    <>
      <ActionMenuButton
        label={t("conversation.more")}
        icon={<EllipsisVertical />}
        actions={[
          {
            id: "threads",
            label: t("thread.list"),
            icon: <MessagesSquare />,
            run: () => navigate(threadRoute(screen.chat_id)),
          },
          { id: "scheduled", label: t("later.list"), icon: <CalendarClock />, run: () => setListing(true) },
          {
            id: "window",
            label: t("conversation.window"),
            icon: <AppWindow />,
            run: () => void open(pathOf(chatRoute(screen.chat_id)), "_blank", "popup,width=480,height=760"),
          },
          ...own,
        ]}
      />
      {isListing && (
        <Suspense fallback={null}>
          <ScheduledDialog handle={handle} title={screen.title} onClose={() => setListing(false)} />
        </Suspense>
      )}
    </>
  );
}

function Status({ screen, my_id }: { screen: ChatScreen; my_id: string }) {
  const { t } = useTranslation();
  if (screen.peer_id !== undefined) {
    if (screen.peer_id === my_id) return t("conversation.only_you");
    return (
      <>
        <PresenceWords user_id={screen.peer_id} chat_id={screen.chat_id} />
        <CustomStatusLine user_id={screen.peer_id} chat_id={screen.chat_id} />
      </>
    );
  }
  if (screen.chat?.chat_type === "broadcast") {
    const recipients = screen.members.filter((one) => one.removed_at === undefined && one.role !== "owner").length;
    return t("kinds.recipient_count", { count: recipients, shown: String(recipients) });
  }
  const count = screen.chat?.member_count ?? screen.members.length;
  return count === 0 ? null : t("conversation.members", { count });
}

export interface PresenceWordsProps {
  user_id: string;
  chat_id: string;
  /** There is room to say more: on what device, and what it says they are doing. */
  is_long?: boolean;
}

/** "Online", "Last seen 5 minutes ago", or nothing where nothing is known. */
export function PresenceWords({ user_id, chat_id, is_long = false }: PresenceWordsProps) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const now = useNow(30_000);
  const presence = useMaybeReadable(useMemo(() => client.presence(user_id, chat_id), [client, user_id, chat_id]));
  if (presence === undefined) return null;
  if (presence.status !== "offline") {
    // That somebody reads it at a desk is no news; that they carry it about says how they may answer.
    const isOnPhone = presence.devices?.length === 1 && presence.devices[0] === "mobile";
    const words = t(is_long && isOnPhone ? `presence.${presence.status}_phone` : `presence.${presence.status}`);
    return (
      <span data-presence={presence.status}>
        {words}
        {is_long && presence.activity !== undefined && <bdi> · {presence.activity}</bdi>}
      </span>
    );
  }
  if (presence.last_seen_at === undefined) return t("presence.offline");
  const when = formats.ago(Date.parse(presence.last_seen_at), now) ?? t("presence.just_now");
  return t("presence.last_seen", { when });
}
