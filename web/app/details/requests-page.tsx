import { CloudAlert, DoorOpen } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { useAnswer } from "../answer.ts";
import { faultWords } from "../fault-words.ts";
import { useFormats, useNow } from "../formats-context.tsx";
import "../page-pane.css";
import { useParley, useReadable } from "../parley-context.tsx";
import { PersonButton } from "../people/people-pane.tsx";
import { showToast } from "../toasts.ts";

/** People who wait to be let in. */
export function RequestsPage({ chat_id }: { chat_id: string }) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const now = useNow(60_000);
  const { lines } = useReadable(client.inbox);
  // Somebody else may have asked, or have decided, meanwhile.
  const count = lines.find((line) => line.chat_id === chat_id)?.join_request_count ?? 0;
  const { answer, reload, change } = useAnswer(`${chat_id} ${count}`, () =>
    client.server.ask("listJoinRequests", { params: { id: chat_id } }),
  );
  const requests = answer.data?.requests;
  if (requests === undefined)
    return answer.status === "failed" ? (
      <EmptyState icon={<CloudAlert />} title={t("requests.failed", { reason: faultWords(t, answer.thrown) })}>
        <Button onPress={reload}>{t("action.try_again")}</Button>
      </EmptyState>
    ) : (
      <ListSkeleton />
    );
  if (requests.length === 0)
    return <EmptyState icon={<DoorOpen />} title={t("requests.none")} hint={t("requests.none_hint")} />;

  function decide(userId: string, isApproved: boolean): void {
    client.server.ask("answerJoinRequest", { params: { id: chat_id, userId }, body: { is_approved: isApproved } }).then(
      () => change((old) => ({ requests: old.requests.filter((one) => one.person.user_id !== userId) })),
      (thrown: unknown) => {
        showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");
        reload();
      },
    );
  }

  return (
    <ul>
      {requests.map(({ person, message, requested_at }) => {
        const name = person.display_name;
        const when = formats.ago(Date.parse(requested_at), now) ?? t("presence.just_now");
        return (
          <li className="page-line" key={person.user_id}>
            <PersonButton person={person} detail={message === "" ? when : message} />
            <span className="page-line-actions">
              <Button
                look="primary"
                aria-label={t("requests.approve_label", { name })}
                onPress={() => decide(person.user_id, true)}
              >
                {t("requests.approve")}
              </Button>
              <Button aria-label={t("requests.decline_label", { name })} onPress={() => decide(person.user_id, false)}>
                {t("people.decline")}
              </Button>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
