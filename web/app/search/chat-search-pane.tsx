import { ArrowLeft, ChevronDown, ChevronUp, CloudAlert, SearchX, TextSearch, X } from "lucide-react";
import { useRef, useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { SearchField } from "../../ui/field.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import "../chat-list/chat-list.css";
import "../chat-list/search-results.css";
import { useChatHandle } from "../conversation/conversation-pane.tsx";
import "../details/details-pane.css";
import { faultWords } from "../fault-words.ts";
import { useFormats, useNow } from "../formats-context.tsx";
import { jumpToMessage, threadOf } from "../jump-request.ts";
import { useMaybeReadable } from "../parley-context.tsx";
import { useNameOf } from "../people/people-book.ts";
import { chatRoute, navigate } from "../route.ts";
import { useWidth } from "../width.ts";
import { HitRow } from "./hit-row.tsx";
import { NO_FILTERS, useMessageSearch } from "./message-search.ts";
import "./search.css";
import { FilterBar, OrderChoice } from "./search-filters.tsx";

const MORE = "more";

export interface ChatSearchPaneProps {
  chat_id: string;
  my_id: string;
  onClose: () => void;
}

/** Finds messages of the open chat, and walks from one to the next. */
export function ChatSearchPane({ chat_id, my_id, onClose }: ChatSearchPaneProps) {
  const { t } = useTranslation();
  const width = useWidth();
  const formats = useFormats();
  const now = useNow(60_000);
  const nameOf = useNameOf();
  const handle = useChatHandle(chat_id);
  const screen = useMaybeReadable(handle?.screen);
  const [words, setWords] = useState("");
  const [filters, setFilters] = useState(NO_FILTERS);
  const [current, setCurrent] = useState<string | undefined>(undefined);
  const search = useMessageSearch(words, filters, chat_id);
  const pane = useRef<HTMLElement>(null);
  const { hits } = search;
  const at = hits.findIndex((hit) => hit.message.message_id === current);

  function show(index: number): void {
    const hit = hits[index];
    if (hit === undefined) return;
    setCurrent(hit.message.message_id);
    // A phone shows one pane at a time: the chat takes the place of the search.
    if (width === "phone") navigate(chatRoute(chat_id));
    jumpToMessage(chat_id, hit.message.seq, threadOf(hit.message), { keeps_focus: width !== "phone" });
    pane.current
      ?.querySelector(`[role=option][data-key="${CSS.escape(hit.message.message_id)}"]`)
      ?.scrollIntoView({ block: "nearest" });
    if (index >= hits.length - 2) search.more();
  }

  const people = (screen?.members ?? []).map((member) => ({
    user_id: member.user_id,
    name: member.user_id === my_id ? t("chats.you") : nameOf(member.user_id, member.display_name),
  }));
  const count = formats.number(hits.length) + (search.next_cursor === undefined ? "" : "+");
  const place =
    hits.length === 0
      ? ""
      : at < 0
        ? t("search.count", { count: hits.length, shown: count })
        : t("search.place", { at: formats.number(at + 1), count });

  return (
    <aside className="details-pane" aria-label={t("search.in_chat")} ref={pane}>
      <header className="details-header">
        {width === "phone" && (
          <IconButton label={t("action.back")} onPress={onClose}>
            <ArrowLeft className="icon-directional" />
          </IconButton>
        )}
        <h2>{t("search.in_chat")}</h2>
        {width !== "phone" && (
          <IconButton label={t("search.close")} onPress={onClose}>
            <X />
          </IconButton>
        )}
      </header>
      <div className="chat-search-head">
        <SearchField
          label={t("search.words")}
          placeholder={t("search.words")}
          value={words}
          onChange={(value) => {
            setWords(value);
            setCurrent(undefined);
          }}
          autoFocus
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.nativeEvent.isComposing) {
              event.preventDefault();
              show(event.shiftKey ? at - 1 : at + 1);
            } else if (event.key === "ArrowDown") {
              event.preventDefault();
              pane.current?.querySelector<HTMLElement>("[role=option]")?.focus();
            }
          }}
        />
      </div>
      <FilterBar filters={filters} onChange={setFilters} people={people} />
      {hits.length > 0 && (
        <>
          <div className="results-order">
            <OrderChoice filters={filters} onChange={setFilters} />
          </div>
          <div className="results-order chat-search-place">
            <span role="status" className="tabular">
              {place}
            </span>
            <IconButton label={t("search.newer")} isDisabled={at <= 0} onPress={() => show(at - 1)}>
              <ChevronUp />
            </IconButton>
            <IconButton label={t("search.older")} isDisabled={at >= hits.length - 1} onPress={() => show(at + 1)}>
              <ChevronDown />
            </IconButton>
          </div>
        </>
      )}
      {hits.length > 0 ? (
        <ListBox
          className="results"
          aria-label={t("search.messages")}
          dependencies={[now, current]}
          onAction={(key) => {
            if (key === MORE) search.more();
            else show(hits.findIndex((hit) => hit.message.message_id === key));
          }}
        >
          {hits.map((hit) => (
            <ListBoxItem
              key={hit.message.message_id}
              id={hit.message.message_id}
              textValue={hit.snippet}
              className="result-option"
              data-current={hit.message.message_id === current || undefined}
            >
              <HitRow hit={hit} my_id={my_id} now={now} />
            </ListBoxItem>
          ))}
          {search.next_cursor !== undefined && (
            <ListBoxItem id={MORE} textValue={t("search.more")} className="result-option">
              <span className="result-more">{t(search.is_loading_more ? "search.loading" : "search.more")}</span>
            </ListBoxItem>
          )}
        </ListBox>
      ) : search.status === "searching" ? (
        <ListSkeleton />
      ) : search.status === "failed" ? (
        <EmptyState icon={<CloudAlert />} title={t("search.failed", { reason: faultWords(t, search.thrown) })} />
      ) : search.status === "done" ? (
        <EmptyState icon={<SearchX />} title={t("search.none")} hint={t("search.none_hint")} />
      ) : (
        <EmptyState icon={<TextSearch />} title={t("search.start")} hint={t("search.start_hint")} />
      )}
    </aside>
  );
}
