import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { FriendRequest } from "../../../src/protocol/people-routes.ts";
import { faultWords } from "../fault-words.ts";
import { usePeople } from "../people/people-book.ts";
import { currentRoute } from "../route.ts";
import { showToast } from "../toasts.ts";

const keyOf = ({ person, requested_at }: FriendRequest): string => `${person.user_id} ${requested_at}`;

/** Says once that somebody wants to be in the person's contacts, with the answers; the list keeps what was not answered. */
export function useNewRequests(): void {
  const { t } = useTranslation();
  const { status, requests, book } = usePeople();
  const known = useRef<Set<string> | undefined>(undefined);
  useEffect(() => {
    if (status !== "ready") return;
    const incoming = requests.filter((one) => one.direction === "incoming");
    const isFirst = known.current === undefined;
    const seen = known.current ?? new Set<string>();
    known.current = seen;
    for (const request of incoming) {
      const key = keyOf(request);
      if (seen.has(key)) continue;
      seen.add(key);
      // What waited when the app was opened is a mark on the menu, and on its own page it stands already.
      if (isFirst || currentRoute().at === "people") continue;
      const { user_id, display_name: name } = request.person;
      const answer = (isAccepted: boolean): void => {
        book.answer(user_id, isAccepted).then(
          () => isAccepted && showToast(t("people.accepted", { name })),
          (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
        );
      };
      showToast(
        t("person.asks", { name }),
        "plain",
        { label: t("people.accept"), run: () => answer(true) },
        { label: t("people.decline"), run: () => answer(false) },
      );
    }
  }, [status, requests, book, t]);
}
