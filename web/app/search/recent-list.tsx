import { History } from "lucide-react";
import { Button as AriaButton } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { forgetSearches, useRecentSearches } from "./recent-searches.ts";
import "./search.css";

/** What was searched for lately, to search for it again. */
export function RecentList({ onPick }: { onPick: (words: string) => void }) {
  const { t } = useTranslation();
  const recent = useRecentSearches();
  if (recent.length === 0) return null;
  return (
    <section className="recent" aria-label={t("search.recent")}>
      <header className="recent-head">
        <h2>{t("search.recent")}</h2>
        <Button look="quiet" onPress={forgetSearches}>
          {t("action.clear")}
        </Button>
      </header>
      <ul>
        {recent.map((words) => (
          <li key={words}>
            <AriaButton className="recent-item" onPress={() => onPick(words)}>
              <History aria-hidden="true" />
              <OneLine>{words}</OneLine>
            </AriaButton>
          </li>
        ))}
      </ul>
    </section>
  );
}
