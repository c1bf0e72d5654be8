import { SearchX } from "lucide-react";
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
import { usePeopleSearch } from "../people-search.ts";
import { ChatRow } from "./chat-row.tsx";
import "./search-results.css";

export interface SearchResultsProps {
  query: string;
  /** Chats whose title has the query in it. */
  lines: readonly InboxLine[];
  my_id: string;
  chat_id: string | undefined;
  onChat: (chatId: string) => void;
  onPerson: (userId: string) => void;
}

/** What the search box finds: chats of this device at once, people of the whole house a moment later. */
export function SearchResults({ query, lines, my_id, chat_id, onChat, onPerson }: SearchResultsProps) {
  const { t } = useTranslation();
  const now = useNow(60_000);
  const search = usePeopleSearch(query);
  const known = new Set(lines.flatMap((line) => (line.peer === undefined ? [] : [line.peer.user_id])));
  const people = search.people.filter((person) => person.user_id !== my_id && !known.has(person.user_id));

  if (lines.length === 0 && people.length === 0) {
    if (search.status === "searching" || search.status === "idle") return <ListSkeleton />;
    const hint =
      search.status === "failed"
        ? t("new_chat.failed", { reason: faultWords(t, search.thrown) })
        : t("chats.no_match_hint");
    return <EmptyState icon={<SearchX />} title={t("chats.no_match", { query })} hint={hint} />;
  }
  return (
    <ListBox
      className="results"
      aria-label={t("chats.search")}
      onAction={(key) => {
        const [kind, id = ""] = String(key).split(":");
        if (kind === "chat") onChat(id);
        else onPerson(id);
      }}
    >
      {lines.length > 0 && (
        <ListBoxSection>
          <Header className="results-header">{t("chats.chats_found")}</Header>
          {lines.map((line) => (
            <ListBoxItem
              key={line.chat_id}
              id={`chat:${line.chat_id}`}
              textValue={line.title}
              className="result-option"
              data-current={line.chat_id === chat_id || undefined}
            >
              <ChatRow line={line} my_id={my_id} now={now} />
            </ListBoxItem>
          ))}
        </ListBoxSection>
      )}
      {people.length > 0 && (
        <ListBoxSection>
          <Header className="results-header">{t("chats.people")}</Header>
          {people.map((person) => (
            <ListBoxItem
              key={person.user_id}
              id={`person:${person.user_id}`}
              textValue={person.display_name}
              className="result-option"
            >
              <PersonRow user_id={person.user_id} name={person.display_name} detail={`@${person.username}`} />
            </ListBoxItem>
          ))}
        </ListBoxSection>
      )}
    </ListBox>
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
