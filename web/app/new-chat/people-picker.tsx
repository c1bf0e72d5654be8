import { SearchX, UserRoundSearch, X } from "lucide-react";
import { useState } from "react";
import { Button } from "react-aria-components/Button";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { useTranslation } from "react-i18next";
import type { Person } from "../../../src/protocol/chat.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { SearchField } from "../../ui/field.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { fold } from "../chat-list/filter.ts";
import { PersonRow } from "../chat-list/search-results.tsx";
import { faultWords } from "../fault-words.ts";
import { usePeopleSearch } from "../people-search.ts";
import "./people-picker.css";

export interface PeoplePickerProps {
  /** People already known, offered before anything is typed. */
  suggestions: readonly Person[];
  /** People not to be offered: oneself, or who is in the group already. */
  excluded: ReadonlySet<string>;
  /** Several may be chosen; without it, choosing one is the end. */
  chosen?: readonly Person[];
  onChosen: (people: readonly Person[]) => void;
  /** The search box takes the focus when it appears. */
  has_focus?: boolean;
}

/** Finds people by typing and chooses one or several. */
export function PeoplePicker({ suggestions, excluded, chosen, onChosen, has_focus = true }: PeoplePickerProps) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const search = usePeopleSearch(query);
  const isMany = chosen !== undefined;
  const wanted = fold(query.trim());
  const known = suggestions.filter(
    (person) => wanted === "" || fold(person.display_name).includes(wanted) || fold(person.username).startsWith(wanted),
  );
  const knownIds = new Set(known.map((person) => person.user_id));
  const offered = [...known, ...search.people.filter((person) => !knownIds.has(person.user_id))].filter(
    (person) => !excluded.has(person.user_id),
  );
  const chosenIds = new Set(chosen?.map((person) => person.user_id));

  const choose = (userId: string): void => {
    const person = offered.find((one) => one.user_id === userId);
    if (person === undefined) return;
    if (!isMany) onChosen([person]);
    else if (chosenIds.has(userId)) onChosen(chosen.filter((one) => one.user_id !== userId));
    else onChosen([...chosen, person]);
  };

  return (
    <div className="people-picker">
      <div className="people-search">
        <SearchField
          label={t("new_chat.search_label")}
          placeholder={t("new_chat.search")}
          value={query}
          onChange={setQuery}
          autoFocus={has_focus}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") {
              event.preventDefault();
              event.currentTarget.closest(".people-picker")?.querySelector<HTMLElement>("[role=option]")?.focus();
            } else if (event.key === "Enter" && offered[0] !== undefined && query.trim() !== "") {
              event.preventDefault();
              choose(offered[0].user_id);
              setQuery("");
            } else if (event.key === "Backspace" && query === "" && chosen !== undefined && chosen.length > 0) {
              onChosen(chosen.slice(0, -1));
            }
          }}
        />
      </div>
      {chosen !== undefined && chosen.length > 0 && (
        <ul className="people-chosen" aria-label={t("new_chat.chosen", { count: chosen.length })}>
          {chosen.map((person) => (
            <li key={person.user_id}>
              <Button
                className="people-chip"
                aria-label={t("new_chat.unchoose", { name: person.display_name })}
                onPress={() => onChosen(chosen.filter((one) => one.user_id !== person.user_id))}
              >
                <Avatar id={person.user_id} name={person.display_name} size="tiny" />
                <span className="ellipsis">{person.display_name}</span>
                <X aria-hidden="true" />
              </Button>
            </li>
          ))}
        </ul>
      )}
      {offered.length > 0 ? (
        <ListBox
          className="results people-results"
          aria-label={t("new_chat.results")}
          selectionMode={isMany ? "multiple" : "none"}
          selectedKeys={chosenIds}
          onSelectionChange={(keys) => {
            if (keys === "all" || chosen === undefined) return;
            const stay = chosen.filter(
              (person) => keys.has(person.user_id) || !offered.some((o) => o.user_id === person.user_id),
            );
            const added = offered.filter((person) => keys.has(person.user_id) && !chosenIds.has(person.user_id));
            onChosen([...stay, ...added]);
          }}
          onAction={(key) => choose(String(key))}
        >
          {offered.map((person) => (
            <ListBoxItem
              key={person.user_id}
              id={person.user_id}
              textValue={person.display_name}
              className="result-option"
            >
              <PersonRow user_id={person.user_id} name={person.display_name} detail={`@${person.username}`} />
              {isMany && <span className="people-check" aria-hidden="true" />}
            </ListBoxItem>
          ))}
        </ListBox>
      ) : search.status === "idle" ? (
        <EmptyState icon={<UserRoundSearch />} title={t("new_chat.hint")} />
      ) : search.status === "searching" ? (
        <ListSkeleton />
      ) : (
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
    </div>
  );
}
