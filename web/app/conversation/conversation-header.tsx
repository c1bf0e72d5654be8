import { ArrowLeft, Info } from "lucide-react";
import { useMemo } from "react";
import { Button } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import type { ChatScreen } from "../../sync/client.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { IconButton } from "../../ui/button.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { useFormats, useNow } from "../formats-context.tsx";
import { KEYS } from "../keys.ts";
import { useMaybeReadable, useParley } from "../parley-context.tsx";
import { goBack } from "../route.ts";
import "./conversation-header.css";

export interface ConversationHeaderProps {
  screen: ChatScreen;
  my_id: string;
  has_back: boolean;
  is_details_open: boolean;
  onToggleDetails: () => void;
}

/** Who this is with, whether they are there, and the way to more about it. */
export function ConversationHeader({
  screen,
  my_id,
  has_back,
  is_details_open,
  onToggleDetails,
}: ConversationHeaderProps) {
  const { t } = useTranslation();
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
            name={screen.title}
            size="small"
            is_group={screen.peer_id === undefined}
          />
          <span className="conversation-words">
            <OneLine className="conversation-title">{screen.title}</OneLine>
            <span className="conversation-status ellipsis">
              <Status screen={screen} my_id={my_id} />
            </span>
          </span>
        </Button>
      </h2>
      <IconButton
        label={t("conversation.details")}
        keys={KEYS.details}
        onPress={onToggleDetails}
        aria-expanded={is_details_open}
      >
        <Info />
      </IconButton>
    </header>
  );
}

function Status({ screen, my_id }: { screen: ChatScreen; my_id: string }) {
  const { t } = useTranslation();
  if (screen.peer_id !== undefined) {
    if (screen.peer_id === my_id) return t("details.you");
    return <PresenceWords user_id={screen.peer_id} chat_id={screen.chat_id} />;
  }
  const count = screen.chat?.member_count ?? screen.members.length;
  return count === 0 ? null : t("conversation.members", { count });
}

/** "Online", "Last seen 5 minutes ago", or nothing where nothing is known. */
export function PresenceWords({ user_id, chat_id }: { user_id: string; chat_id: string }) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const now = useNow(30_000);
  const presence = useMaybeReadable(useMemo(() => client.presence(user_id, chat_id), [client, user_id, chat_id]));
  if (presence === undefined) return null;
  if (presence.status !== "offline")
    return <span data-presence={presence.status}>{t(`presence.${presence.status}`)}</span>;
  if (presence.last_seen_at === undefined) return t("presence.offline");
  const when = formats.ago(Date.parse(presence.last_seen_at), now) ?? t("presence.just_now");
  return t("presence.last_seen", { when });
}
