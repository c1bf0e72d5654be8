import { SlidersHorizontal } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ChatScreen } from "../../sync/client.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { useAnswer } from "../answer.ts";
import { PresenceWords } from "../conversation/conversation-header.tsx";
import { useParley } from "../parley-context.tsx";
import { CustomStatusLine } from "../people/custom-status-line.tsx";
import { usePeople } from "../people/people-book.ts";
import { SheetActions } from "../people/person-sheet.tsx";
import { ClearLines } from "./clear-lines.tsx";
import { DetailsLink } from "./details-link.tsx";
import type { DetailsPage } from "./details-page.ts";
import { MuteLine } from "./mute-line.tsx";
import { useTimerWords } from "./timers.ts";

export interface PersonDetailsProps {
  screen: ChatScreen;
  user_id: string;
  my_id: string;
  onPage: (page: DetailsPage) => void;
}

/** The other side of a direct chat. */
export function PersonDetails({ screen, user_id, my_id, onPage }: PersonDetailsProps) {
  const { t } = useTranslation();
  const client = useParley();
  const { contacts, names } = usePeople();
  const timerWords = useTimerWords();
  const member = screen.members.find((one) => one.user_id === user_id);
  // Offline, the name that this device knows is enough.
  const profile = useAnswer(user_id, () => client.profile(user_id)).answer.data;
  const username = profile?.username ?? member?.username;
  const own = profile?.display_name ?? screen.title;
  const name = names.get(user_id) ?? own;
  const isMe = user_id === my_id;
  const person = useMemo(() => ({ user_id, username: username ?? "", display_name: own }), [user_id, username, own]);
  return (
    <>
      <div className="details-intro">
        <Avatar id={user_id} name={name} size="large" />
        <h3 dir="auto">{name}</h3>
        {name !== own && <p className="details-quiet">{t("person.own_name", { name: own })}</p>}
        <p className="details-quiet">
          {isMe ? t("details.you") : <PresenceWords user_id={user_id} chat_id={screen.chat_id} is_long />}
        </p>
        {!isMe && <CustomStatusLine user_id={user_id} chat_id={screen.chat_id} />}
      </div>
      <dl className="details-facts">
        {username !== undefined && (
          <div>
            <dt>{t("details.username")}</dt>
            <dd>
              <bdi dir="ltr">@{username}</bdi>
            </dd>
          </div>
        )}
        {profile !== undefined && profile.status_message !== "" && (
          <div>
            <dt>{t("details.status")}</dt>
            <dd>
              <bdi>{profile.status_message}</bdi>
            </dd>
          </div>
        )}
      </dl>
      {screen.chat !== undefined && (
        <div className="details-links">
          {!isMe && <MuteLine chat_id={screen.chat_id} my_id={my_id} />}
          <DetailsLink
            page="settings"
            icon={<SlidersHorizontal aria-hidden="true" />}
            label={t("chat_settings.page_settings")}
            value={
              screen.chat.settings.disappear_after_s === null
                ? undefined
                : timerWords(screen.chat.settings.disappear_after_s)
            }
            onPage={onPage}
          />
          <ClearLines chat_id={screen.chat_id} my_id={my_id} />
        </div>
      )}
      {!isMe && (
        <SheetActions
          person={person}
          name={name}
          contact_name={contacts.find((one) => one.person.user_id === user_id)?.contact_name}
        />
      )}
    </>
  );
}
