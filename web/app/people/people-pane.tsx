import { SearchX, UserRoundPlus, UsersRound } from "lucide-react";
import { useEffect, useState } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import type { Person } from "../../../src/protocol/chat.ts";
import type { FriendRequest } from "../../../src/protocol/people-routes.ts";
import type { Self } from "../../../src/protocol/user.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { SearchField } from "../../ui/field.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { fold } from "../chat-list/filter.ts";
import { faultWords } from "../fault-words.ts";
import { useFormats, useNow } from "../formats-context.tsx";
import { PagePane } from "../page-pane.tsx";
import { useParley } from "../parley-context.tsx";
import { usePeopleSearch } from "../people-search.ts";
import { showToast } from "../toasts.ts";
import { usePeople } from "./people-book.ts";
import { showPerson } from "./people-dialogs.ts";

/** Contacts and requests, and the way to more people. */
export function PeoplePane({ me, user_id }: { me: Self; user_id: string | undefined }) {
  const { t } = useTranslation();
  const { status, thrown, contacts, requests, names, book } = usePeople();
  const [query, setQuery] = useState("");
  const search = usePeopleSearch(query);
  useEffect(() => book.refresh({ is_forced: true }), [book]);
  useLinkedPerson(user_id);

  const wanted = fold(query.trim());
  const shown = contacts.filter(
    ({ person, contact_name }) =>
      wanted === "" ||
      fold(contact_name ?? "").includes(wanted) ||
      fold(person.display_name).includes(wanted) ||
      fold(person.username).startsWith(wanted),
  );
  const knownIds = new Set([me.user_id, ...contacts.map((one) => one.person.user_id)]);
  const others = search.people.filter((person) => !knownIds.has(person.user_id));
  const incoming = requests.filter((one) => one.direction === "incoming");
  const outgoing = requests.filter((one) => one.direction === "outgoing");

  return (
    <PagePane title={t("people.title")}>
      <SearchField label={t("people.search")} placeholder={t("people.search")} value={query} onChange={setQuery} />
      {wanted === "" && incoming.length > 0 && (
        <section className="page-section">
          <h2>{t("people.requests")}</h2>
          <ul>
            {incoming.map((request) => (
              <IncomingRequest key={request.person.user_id} request={request} />
            ))}
          </ul>
        </section>
      )}
      {status === "loading" ? (
        <ListSkeleton />
      ) : status === "failed" ? (
        <EmptyState icon={<UsersRound />} title={t("people.failed", { reason: faultWords(t, thrown) })}>
          <Button onPress={() => book.refresh({ is_forced: true })}>{t("action.try_again")}</Button>
        </EmptyState>
      ) : (
        <>
          {shown.length > 0 && (
            <section className="page-section">
              <h2>{t("people.contacts")}</h2>
              <ul>
                {shown.map(({ person }) => (
                  <li className="page-line" key={person.user_id}>
                    <PersonButton person={person} name={names.get(person.user_id)} />
                  </li>
                ))}
              </ul>
            </section>
          )}
          {wanted !== "" && others.length > 0 && (
            <section className="page-section">
              <h2>{t("people.others")}</h2>
              <ul>
                {others.map((person) => (
                  <li className="page-line" key={person.user_id}>
                    <PersonButton person={person} />
                  </li>
                ))}
              </ul>
            </section>
          )}
          {wanted === "" && contacts.length === 0 && (
            <EmptyState icon={<UserRoundPlus />} title={t("people.empty")} hint={t("people.empty_hint")} />
          )}
          {wanted !== "" && shown.length === 0 && others.length === 0 && search.status !== "searching" && (
            <EmptyState
              icon={<SearchX />}
              title={t("new_chat.no_match", { query: query.trim() })}
              hint={
                search.status === "failed"
                  ? t("new_chat.failed", { reason: faultWords(t, search.thrown) })
                  : t("new_chat.no_match_hint")
              }
            />
          )}
        </>
      )}
      {wanted === "" && outgoing.length > 0 && (
        <section className="page-section">
          <h2>{t("people.sent")}</h2>
          <ul>
            {outgoing.map((request) => (
              <OutgoingRequest key={request.person.user_id} request={request} />
            ))}
          </ul>
        </section>
      )}
    </PagePane>
  );
}

/** Somebody's link: shows them, if they are there. */
function useLinkedPerson(userId: string | undefined): void {
  const { t } = useTranslation();
  const client = useParley();
  useEffect(() => {
    if (userId === undefined) return;
    client.profile(userId).then(
      (profile) => showPerson(profile),
      (thrown: unknown) => showToast(faultWords(t, thrown), "danger"),
    );
  }, [client, userId, t]);
}

/** Somebody as a line; pressing it shows who they are. */
export function PersonButton({
  person,
  name = person.display_name,
  detail = `@${person.username}`,
}: {
  person: Person;
  name?: string | undefined;
  detail?: string;
}) {
  return (
    <AriaButton className="page-line-who" onPress={() => showPerson(person)}>
      <Avatar id={person.user_id} name={name} size="small" />
      <span className="person-words">
        <OneLine className="person-name">{name}</OneLine>
        <OneLine className="person-detail">{detail}</OneLine>
      </span>
    </AriaButton>
  );
}

function useAttempt(): (work: Promise<unknown>, done?: string) => void {
  const { t } = useTranslation();
  return (work, done) => {
    work.then(
      () => done !== undefined && showToast(done),
      (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
    );
  };
}

function IncomingRequest({ request }: { request: FriendRequest }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const now = useNow(60_000);
  const attempt = useAttempt();
  const { book } = usePeople();
  const { person, message, requested_at } = request;
  const name = person.display_name;
  const when = formats.ago(Date.parse(requested_at), now) ?? t("presence.just_now");
  return (
    <li className="page-line">
      <PersonButton person={person} detail={message === "" ? when : message} />
      <span className="page-line-actions">
        <Button
          look="primary"
          aria-label={t("people.accept_label", { name })}
          onPress={() => attempt(book.answer(person.user_id, true), t("people.accepted", { name }))}
        >
          {t("people.accept")}
        </Button>
        <Button
          aria-label={t("people.decline_label", { name })}
          onPress={() => attempt(book.answer(person.user_id, false))}
        >
          {t("people.decline")}
        </Button>
      </span>
    </li>
  );
}

function OutgoingRequest({ request }: { request: FriendRequest }) {
  const { t } = useTranslation();
  const attempt = useAttempt();
  const { book } = usePeople();
  const { person } = request;
  return (
    <li className="page-line">
      <PersonButton person={person} />
      <span className="page-line-actions">
        <Button
          aria-label={t("people.withdraw_label", { name: person.display_name })}
          onPress={() => attempt(book.withdraw(person.user_id))}
        >
          {t("people.withdraw")}
        </Button>
      </span>
    </li>
  );
}
