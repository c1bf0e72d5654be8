import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { Switch } from "../../ui/choice.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { isMuted, isMutedForEver } from "../chat-list/chat-state.ts";
import { useTitleOf } from "../chat-list/chat-title.ts";
import { faultWords } from "../fault-words.ts";
import { useFormats, useNow } from "../formats-context.tsx";
import { desktopPermission } from "../news/desktop-news.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { useOwnPresence } from "../people/own-presence.ts";
import { preferences, usePreferences } from "../preferences.ts";
import { showToast } from "../toasts.ts";

/** What may call the person: whether this device shows notifications, and which chats are muted, until when. */
export function NotificationsPage({ my_id }: { my_id: string }) {
  const { t } = useTranslation();
  const { has_desktop_news, has_news_words } = usePreferences();
  const { presence } = useOwnPresence();
  const [permission, setPermission] = useState(desktopPermission);
  const isOn = has_desktop_news && permission === "granted";

  async function turn(isWanted: boolean): Promise<void> {
    preferences.set({ has_desktop_news: isWanted });
    if (isWanted && permission === "default") setPermission(await Notification.requestPermission());
  }

  return (
    <>
      <Switch
        label={t("news.show")}
        hint={t("news.show_hint")}
        is_on={isOn}
        isDisabled={permission === "denied" || permission === "unsupported"}
        onChange={(isWanted) => void turn(isWanted)}
      />
      {permission === "denied" && (
        <p className="page-hint" role="status">
          {t("news.denied")}
        </p>
      )}
      {permission === "unsupported" && <p className="page-hint">{t("news.unsupported")}</p>}
      {presence?.state === "do_not_disturb" && <p className="page-hint">{t("news.quiet")}</p>}
      <Switch
        label={t("news.words")}
        hint={t("news.words_hint")}
        is_on={has_news_words}
        isDisabled={!isOn}
        onChange={(isWanted) => preferences.set({ has_news_words: isWanted })}
      />
      <MutedChats my_id={my_id} />
    </>
  );
}

function MutedChats({ my_id }: { my_id: string }) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const now = useNow(30_000);
  const titleOf = useTitleOf(my_id);
  const muted = useReadable(client.inbox).lines.filter((line) => isMuted(line, now));
  return (
    <section className="settings-blocked" aria-labelledby="settings-muted">
      <h3 id="settings-muted">{t("news.muted")}</h3>
      <p className="page-hint">{muted.length === 0 ? t("news.muted_none") : t("news.muted_hint")}</p>
      <ul>
        {muted.map((line) => {
          const title = titleOf(line);
          const until = isMutedForEver(line)
            ? t("chats.mute_always")
            : t("status.until", { when: formats.full(Date.parse(line.muted_until ?? "")) });
          return (
            <li className="page-line" key={line.chat_id}>
              <span className="page-line-who">
                <Avatar
                  id={line.peer?.user_id ?? line.chat_id}
                  name={title}
                  size="small"
                  is_group={line.peer === undefined}
                />
                <span className="person-words">
                  <OneLine className="person-name">{title}</OneLine>
                  <span className="person-detail">{until}</span>
                </span>
              </span>
              <span className="page-line-actions">
                <Button
                  aria-label={t("news.unmute_label", { name: title })}
                  onPress={() =>
                    client
                      .setChatState(line.chat_id, { muted_until: null })
                      .catch((thrown: unknown) =>
                        showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
                      )
                  }
                >
                  {t("chats.unmute")}
                </Button>
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
