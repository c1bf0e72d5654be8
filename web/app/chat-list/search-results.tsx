import { CloudAlert, SearchX } from "lucide-react";
import type { KeyboardEvent } from "react";
import { Header } from "react-aria-components/Header";
import { ListBox, ListBoxItem, ListBoxSection } from "react-aria-components/ListBox";
import { useTranslation } from "react-i18next";
import type { InboxLine } from "../../sync/client.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { faultWords } from "../fault-words.ts";
import { useNow } from "../formats-context.tsx";
import { jumpToMessage, threadOf } from "../jump-request.ts";
import { useNameOf } from "../people/people-book.ts";
import { usePeopleSearch } from "../people-search.ts";
import { HitRow } from "../search/hit-row.tsx";
import { isNarrowed, type SearchFilters, useMessageSearch } from "../search/message-search.ts";
import { rememberSearch } from "../search/recent-searches.ts";
import { ChatRow } from "./chat-row.tsx";
import { useTitleOf } from "./chat-title.ts";
import "../search/search.css";
import "./search-results.css";

export interface SearchResultsProps {
  query: string;
  filters: SearchFilters;
  /** Chats whose title has the query in it. */
  lines: readonly InboxLine[];
  /** All chats, for the names of where messages stand. */
  all: readonly InboxLine[];
  my_id: string;
  chat_id: string | undefined;
  onChat: (chatId: string) => void;
  onPerson: (userId: string) => void;
  /** Esc: back to the words. */
  onLeave: () => void;
}

const MORE = "more:";

/**
 * What the search box finds: chats of this device at once, people of the whole house and messages of all chats a moment
 * later. Filters are about messages, so that with one of them set only messages are shown.
 */
export function SearchResults(props: SearchResultsProps) {
  const { query, filters, all, my_id, chat_id, onChat, onPerson, onLeave } = props;
  const { t } = useTranslation();
  const now = useNow(60_000);
  const nameOf = useNameOf();
  const titleOf = useTitleOf(my_id);
  const isOnlyMessages = isNarrowed(filters);
  const found = usePeopleSearch(isOnlyMessages ? "" : query);
  const search = useMessageSearch(query, filters);
  const lines = isOnlyMessages ? [] : props.lines;
  const known = new Set(lines.flatMap((line) => (line.peer === undefined ? [] : [line.peer.user_id])));
  const people = found.people.filter((person) => person.user_id !== my_id && !known.has(person.user_id));
  const isSearching = search.status === "searching" || (found.status === "searching" && !isOnlyMessages);

  const titleOfChat = (hitChat: string, name: string | undefined): string => {
    const line = all.find((one) => one.chat_id === hitChat);
    return line === undefined ? (name ?? "") : titleOf(line);
  };

  if (lines.length === 0 && people.length === 0 && search.hits.length === 0) {
    if (isSearching) return <ListSkeleton />;
    const thrown = search.status === "failed" ? search.thrown : found.thrown;
    if (thrown !== undefined)
      return <EmptyState icon={<CloudAlert />} title={t("new_chat.failed", { reason: faultWords(t, thrown) })} />;
    const title = query === "" ? t("search.none") : t("chats.no_match", { query });
    return <EmptyState icon={<SearchX />} title={title} hint={t("search.none_hint")} />;
  }
  const leaving = {
    onKeyDown: (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      onLeave();
    },
  };
  return (
    <div className="results-box" {...leaving}>
      <ListBox
        className="results"
        aria-label={t("chats.search")}
        dependencies={[now]}
        onAction={(key) => {
          const [kind, id = "", seq = "", root = ""] = String(key).split(":");
          if (kind === "more") {
            search.more();
            return;
          }
          rememberSearch(query);
          if (kind === "chat") onChat(id);
          else if (kind === "person") onPerson(id);
          else jumpToMessage(id, Number(seq), root === "" ? undefined : Number(root));
        }}
        escapeKeyBehavior="none"
      >
        {lines.length > 0 && (
          <ListBoxSection id="chats">
            <Header className="results-header">{t("chats.chats_found")}</Header>
            {lines.map((line) => (
              <ListBoxItem
                key={line.chat_id}
                id={`chat:${line.chat_id}`}
                textValue={titleOf(line)}
                className="result-option"
                data-current={line.chat_id === chat_id || undefined}
              >
                <ChatRow line={line} my_id={my_id} now={now} />
              </ListBoxItem>
            ))}
          </ListBoxSection>
        )}
        {people.length > 0 && (
          <ListBoxSection id="people">
            <Header className="results-header">{t("chats.people")}</Header>
            {people.map((person) => (
              <ListBoxItem
                key={person.user_id}
                id={`person:${person.user_id}`}
                textValue={person.display_name}
                className="result-option"
              >
                <PersonRow
                  user_id={person.user_id}
                  name={nameOf(person.user_id, person.display_name)}
                  detail={`@${person.username}`}
                />
              </ListBoxItem>
            ))}
          </ListBoxSection>
        )}
        {search.hits.length > 0 && (
          <ListBoxSection id="messages">
            <Header className="results-header">{t("search.messages")}</Header>
            {search.hits.map((hit) => (
              <ListBoxItem
                key={hit.message.message_id}
                id={`hit:${hit.message.chat_id}:${hit.message.seq}:${threadOf(hit.message) ?? ""}`}
                textValue={hit.snippet}
                className="result-option"
              >
                <HitRow
                  hit={hit}
                  my_id={my_id}
                  now={now}
                  chat_title={titleOfChat(hit.message.chat_id, hit.chat_name)}
                />
              </ListBoxItem>
            ))}
            {search.next_cursor !== undefined && (
              <ListBoxItem id={MORE} textValue={t("search.more")} className="result-option">
                <span className="result-more">{t(search.is_loading_more ? "search.loading" : "search.more")}</span>
              </ListBoxItem>
            )}
          </ListBoxSection>
        )}
      </ListBox>
      {(search.is_partial || search.status === "searching" || search.status === "failed") && (
        <p className="results-note" role="status">
          {search.status === "searching"
            ? t("search.searching")
            : search.status === "failed"
              ? t("search.failed", { reason: faultWords(t, search.thrown) })
              : t("search.partial")}
        </p>
      )}
    </div>
  );
}

export function PersonRow({ user_id, name, detail }: { user_id: string; name: string; detail: string }) {
  return (
    <div className="person-row">
      <Avatar id={user_id} name={name} size="small" />
      <span className="person-words">
        <OneLine className="person-name">{name}</OneLine>
        <OneLine className="person-detail">{detail}</OneLine>
      </span>
    </div>
  );
}
