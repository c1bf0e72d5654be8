import { CloudAlert, ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { useAnswer } from "../answer.ts";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import "../page-pane.css";
import { useParley } from "../parley-context.tsx";
import { PersonButton } from "../people/people-pane.tsx";
import { showToast } from "../toasts.ts";

/** Who is kept out of a chat, why and until when. */
export function BansPage({ chat_id }: { chat_id: string }) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const { answer, reload, change } = useAnswer(chat_id, () =>
    client.server.ask("listBans", { params: { id: chat_id } }),
  );
  const bans = answer.data?.bans;
  if (bans === undefined)
    return answer.status === "failed" ? (
      <EmptyState icon={<CloudAlert />} title={t("bans.failed", { reason: faultWords(t, answer.thrown) })}>
        <Button onPress={reload}>{t("action.try_again")}</Button>
      </EmptyState>
    ) : (
      <ListSkeleton />
    );
  if (bans.length === 0) return <EmptyState icon={<ShieldCheck />} title={t("bans.none")} hint={t("bans.none_hint")} />;

  function unban(userId: string, name: string): void {
    client.server.ask("unban", { params: { id: chat_id, userId } }).then(
      () => {
        change((old) => ({ bans: old.bans.filter((one) => one.person.user_id !== userId) }));
        showToast(t("bans.undone", { name }));
      },
      (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
    );
  }

  return (
    <ul>
      {bans.map(({ person, reason, ends_at }) => (
        <li className="page-line" key={person.user_id}>
          <PersonButton
            person={person}
            detail={[
              ends_at === undefined
                ? t("bans.forever")
                : t("status.until", { when: formats.full(Date.parse(ends_at)) }),
              reason,
            ]
              .filter(Boolean)
              .join(" · ")}
          />
          <span className="page-line-actions">
            <Button
              aria-label={t("bans.undo_label", { name: person.display_name })}
              onPress={() => unban(person.user_id, person.display_name)}
            >
              {t("bans.undo")}
            </Button>
          </span>
        </li>
      ))}
    </ul>
  );
}
