import { CloudAlert } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Circle, type Privacy } from "../../../src/protocol/user.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { Choice, Switch } from "../../ui/choice.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { useAnswer } from "../answer.ts";
import { faultWords } from "../fault-words.ts";
import "../page-pane.css";
import { useParley } from "../parley-context.tsx";
import { usePeople } from "../people/people-book.ts";
import { showToast } from "../toasts.ts";

const SEEN = ["last_seen", "online"] as const;
const REACHED = ["findable", "addable", "reachable"] as const;

/** What others may know and do, and who is kept away. */
export function PrivacyPage() {
  const { t } = useTranslation();
  const client = useParley();
  const { answer, reload, change } = useAnswer("privacy", () => client.server.ask("privacy"));
  const privacy = answer.data;
  useEffect(() => client.onPeopleChanged((reason) => reason === "privacy" && reload()), [client, reload]);
  if (privacy === undefined)
    return answer.status === "failed" ? (
      <EmptyState icon={<CloudAlert />} title={t("privacy.failed", { reason: faultWords(t, answer.thrown) })}>
        <Button onPress={reload}>{t("action.try_again")}</Button>
      </EmptyState>
    ) : (
      <ListSkeleton />
    );

  /** Shown at once, and put back if the server refuses. */
  function set(part: Partial<Privacy>): void {
    if (privacy === undefined) return;
    const before = privacy;
    change((old) => ({ ...old, ...part }));
    client.server.ask("setPrivacy", { body: part }).then(
      (now) => change(() => now),
      (thrown: unknown) => {
        change((now) => ({ ...now, ...pick(before, part) }));
        showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");
      },
    );
  }

  const circle = (key: (typeof SEEN)[number] | (typeof REACHED)[number]) => (
    <div className="settings-row" key={key}>
      <h3>{t(`privacy.${key}`)}</h3>
      <Choice
        label={t(`privacy.${key}`)}
        value={privacy[key]}
        onChange={(value) => set({ [key]: value })}
        options={Circle.options.map((id) => ({ id, label: t(`privacy.${id}`) }))}
      />
      <p className="page-hint">{t(`privacy.${key}_hint`)}</p>
    </div>
  );

  return (
    <>
      <p className="page-hint">{t("privacy.mutual")}</p>
      {SEEN.map(circle)}
      <Switch
        label={t("privacy.has_read_receipts")}
        hint={t("privacy.has_read_receipts_hint")}
        is_on={privacy.has_read_receipts}
        onChange={(isOn) => set({ has_read_receipts: isOn })}
      />
      <Switch
        label={t("privacy.has_typing")}
        hint={t("privacy.has_typing_hint")}
        is_on={privacy.has_typing}
        onChange={(isOn) => set({ has_typing: isOn })}
      />
      {REACHED.map(circle)}
      <BlockedPeople />
    </>
  );
}

/** Of `all`, what `part` names. */
function pick(all: Privacy, part: Partial<Privacy>): Partial<Privacy> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => key in part));
}

function BlockedPeople() {
  const { t } = useTranslation();
  const { blocked, names, book } = usePeople();
  return (
    <section className="settings-blocked" aria-labelledby="settings-blocked">
      <h3 id="settings-blocked">{t("block.list")}</h3>
      {blocked.length === 0 && <p className="page-hint">{t("block.nobody")}</p>}
      <ul>
        {blocked.map((person) => {
          const name = names.get(person.user_id) ?? person.display_name;
          return (
            <li className="page-line" key={person.user_id}>
              <span className="page-line-who">
                <Avatar id={person.user_id} name={name} size="small" />
                <span className="person-words">
                  <OneLine className="person-name">{name}</OneLine>
                  <OneLine className="person-detail">{`@${person.username}`}</OneLine>
                </span>
              </span>
              <span className="page-line-actions">
                <Button
                  aria-label={t("block.undo_label", { name })}
                  onPress={() =>
                    book.setBlocked(person, false).then(
                      () => showToast(t("block.undone", { name })),
                      (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
                    )
                  }
                >
                  {t("block.undo")}
                </Button>
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
