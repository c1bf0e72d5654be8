import { useTranslation } from "react-i18next";
import { Avatar } from "../../ui/avatar.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import type { Suggestion } from "./completion.ts";
import "./suggestion-list.css";

export const optionId = (listId: string, index: number): string => `${listId}-${index}`;

/** What fits to what is being typed, above the composer. The focus stays in the text; the arrows move the choice. */
export function SuggestionList({
  id,
  suggestions,
  active,
  onPick,
  onHover,
}: {
  id: string;
  suggestions: readonly Suggestion[];
  active: number;
  onPick: (suggestion: Suggestion) => void;
  onHover: (index: number) => void;
}) {
  const { t } = useTranslation();
  return (
    <>
      <div className="visually-hidden" role="status">
        {suggestions.length > 0 ? t("suggest.count", { count: suggestions.length }) : ""}
      </div>
      {suggestions.length > 0 && (
        <div className="suggestions" role="listbox" id={id} aria-label={t("suggest.title")}>
          {suggestions.map((one, i) => (
            // The text field keeps the focus and moves the choice (aria-activedescendant).
            <div
              key={one.id}
              id={optionId(id, i)}
              role="option"
              tabIndex={-1}
              aria-selected={i === active}
              className="suggestion"
              onPointerDown={(event) => event.preventDefault()}
              onPointerMove={() => onHover(i)}
              onPointerUp={() => onPick(one)}
            >
              {one.emoji === undefined ? (
                <Avatar id={one.user_id ?? one.id} name={one.label} size="tiny" is_group={one.user_id === undefined} />
              ) : (
                <span className="suggestion-emoji" aria-hidden="true">
                  {one.emoji}
                </span>
              )}
              <OneLine>{one.label}</OneLine>
              {one.detail !== undefined && (
                <span className="person-detail ellipsis" dir="auto">
                  {one.detail}
                </span>
              )}
            </div>
          ))}
        </div>
      )}
    </>
  );
}
