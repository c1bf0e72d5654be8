import {
  AlarmClock,
  Bookmark,
  CircleAlert,
  CircleUserRound,
  Compass,
  Flag,
  Keyboard,
  LogOut,
  MessagesSquare,
  PanelLeftClose,
  PanelLeftOpen,
  Search,
  Settings,
  SquarePen,
  UserRound,
  UsersRound,
} from "lucide-react";
import { type FocusEvent, type RefObject, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Self } from "../../../src/protocol/user.ts";
import { Sticker } from "../../stickers/sticker.tsx";
import { ActionMenuButton } from "../../ui/action-menu.tsx";
import { Avatar } from "../../ui/avatar.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { SearchField } from "../../ui/field.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { ConnectionLine } from "../connection-line.tsx";
import { failures } from "../failures.ts";
import { faultWords } from "../fault-words.ts";
import { KEYS } from "../keys.ts";
import { useOverlay } from "../overlays.tsx";
import { useParley, useReadable } from "../parley-context.tsx";
import { useOwnPresence } from "../people/own-presence.ts";
import { usePeople } from "../people/people-book.ts";
import { askStatus } from "../people/people-dialogs.ts";
import { chatRoute, navigate } from "../route.ts";
import { isNarrowed, NO_FILTERS } from "../search/message-search.ts";
import { RecentList } from "../search/recent-list.tsx";
import { rememberSearch } from "../search/recent-searches.ts";
import { FilterBar, OrderChoice } from "../search/search-filters.tsx";
import { showToast } from "../toasts.ts";
import { useWidth } from "../width.ts";
import { ArchiveHead, ArchiveLink } from "./archive-bar.tsx";
import { ChatList } from "./chat-list.tsx";
import "../people/status-dialog.css";
import "./chat-list-pane.css";
import { useTitleOf } from "./chat-title.ts";
import { FILTERS, type Filter, filterLines, matchTitle } from "./filter.ts";
import { SearchResults } from "./search-results.tsx";

export interface ChatListPaneProps {
  me: Self;
  chat_id: string | undefined;
  /** Only pictures: the narrow list of a tablet. */
  is_rail: boolean;
  /** Set where the list can be folded. */
  onToggleRail?: (() => void) | undefined;
  searchRef: RefObject<HTMLInputElement | null>;
}

export function ChatListPane({ me, chat_id, is_rail, onToggleRail, searchRef }: ChatListPaneProps) {
  const { t } = useTranslation();
  const client = useParley();
  const openOverlay = useOverlay();
  const inbox = useReadable(client.inbox);
  const [filter, setFilter] = useState<Filter>("all");
  const [query, setQuery] = useState("");
  const [filters, setFilters] = useState(NO_FILTERS);
  const [isInSearch, setInSearch] = useState(false);
  const { requests, contacts, names } = usePeople();
  const due = useReadable(client.reminders).filter((one) => one.is_due).length;
  const unsent = useReadable(client.connection).failed;
  const failed = unsent + useReadable(failures).length;
  const asking = requests.filter((one) => one.direction === "incoming").length;
  const titleOf = useTitleOf(me.user_id);
  const pane = useRef<HTMLElement>(null);
  const [isInArchive, setInArchive] = useState(false);
  const archived = useMemo(() => inbox.lines.filter((line) => line.is_archived), [inbox.lines]);
  const listed = useMemo(() => filterLines(inbox.lines, filter, chat_id), [inbox.lines, filter, chat_id]);
  const shown = isInArchive ? archived : listed;
  const found = useMemo(() => matchTitle(inbox.lines, query, titleOf), [inbox.lines, query, titleOf]);
  const isSearching = (query.trim() !== "" || isNarrowed(filters)) && !is_rail;
  const people = useMemo(() => {
    const known = new Map([[me.user_id, t("chats.you")]]);
    for (const { peer } of inbox.lines)
      if (peer !== undefined && !known.has(peer.user_id))
        known.set(peer.user_id, names.get(peer.user_id) ?? peer.display_name);
    for (const { person } of contacts)
      if (!known.has(person.user_id)) known.set(person.user_id, names.get(person.user_id) ?? person.display_name);
    return [...known].map(([user_id, name]) => ({ user_id, name }));
  }, [inbox.lines, contacts, names, me.user_id, t]);

  const openChat = (chatId: string): void => {
    setQuery("");
    setFilters(NO_FILTERS);
    navigate(chatRoute(chatId));
  };
  const openSaved = (): void => {
    client
      .openSaved()
      .then(openChat, (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"));
  };
  const searchFocus = {
    onFocus: () => setInSearch(true),
    onBlur: ({ relatedTarget, currentTarget }: FocusEvent<HTMLElement>) => {
      if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setInSearch(false);
    },
  };
  const openPerson = (userId: string): void => {
    client
      .startDirect(userId)
      .then(openChat, (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"));
  };

  const account = (
    <ActionMenuButton
      label={asking > 0 ? t("list.menu_asking", { count: asking }) : t("chats.menu")}
      icon={<OwnAvatar me={me} has_news={asking > 0 || due > 0} />}
      actions={[
        { id: "status", label: t("status.set"), icon: <CircleUserRound />, run: askStatus },
        {
          id: "people",
          label: asking > 0 ? t("list.people_asking", { count: asking }) : t("people.title"),
          icon: <UsersRound />,
          run: () => navigate({ at: "people" }),
        },
        { id: "saved", label: t("list.saved"), icon: <Bookmark />, run: openSaved },
        {
          id: "reminders",
          label: due > 0 ? t("remind.list_due", { count: due }) : t("remind.list"),
          icon: <AlarmClock />,
          run: () => openOverlay("reminders"),
        },
        ...(failed > 0
          ? [{ id: "failures", label: t("failures.title"), icon: <CircleAlert />, run: () => openOverlay("failures") }]
          : []),
        {
          id: "directory",
          label: t("directory.title"),
          icon: <Compass />,
          run: () => navigate({ at: "directory" }),
        },
        ...(me.is_admin
          ? [{ id: "reports", label: t("reports.title"), icon: <Flag />, run: () => navigate({ at: "reports" }) }]
          : []),
        {
          id: "profile",
          label: t("settings.profile"),
          icon: <UserRound />,
          run: () => navigate({ at: "settings", page: "profile" }),
        },
        {
          id: "settings",
          label: t("settings.title"),
          icon: <Settings />,
          run: () => navigate({ at: "settings", page: undefined }),
        },
        { id: "keys", label: t("keys.title"), icon: <Keyboard />, keys: KEYS.help, run: () => openOverlay("keys") },
        {
          id: "sign_out",
          label: t("settings.sign_out"),
          icon: <LogOut className="icon-directional" />,
          run: () => openOverlay("sign_out"),
        },
      ]}
    />
  );
  const fold = onToggleRail !== undefined && (
    <IconButton label={t(is_rail ? "chats.expand" : "chats.collapse")} onPress={onToggleRail}>
      {is_rail ? <PanelLeftOpen className="icon-directional" /> : <PanelLeftClose className="icon-directional" />}
    </IconButton>
  );
  const compose = (
    <IconButton label={t("chats.new")} keys={KEYS.new_chat} onPress={() => openOverlay("new_chat")}>
      <SquarePen />
    </IconButton>
  );

  return (
    <nav className="list-pane" data-rail={is_rail || undefined} aria-label={t("chats.title")} ref={pane}>
      <header className="list-header">
        {account}
        {!is_rail && <h1 className="list-title">{t("chats.title")}</h1>}
        {!is_rail && fold}
        {compose}
        {is_rail && fold}
        {is_rail && (
          <IconButton label={t("chats.search_short")} keys={KEYS.palette} onPress={() => openOverlay("palette")}>
            <Search />
          </IconButton>
        )}
      </header>
      {!is_rail && (
        <>
          <div className="list-search" {...searchFocus}>
            <SearchField
              label={t("chats.search")}
              placeholder={t("chats.search_short")}
              value={query}
              onChange={setQuery}
              inputRef={searchRef}
              onKeyDown={(event) => {
                if (event.key === "Enter") rememberSearch(query);
                if (event.key === "ArrowDown") {
                  event.preventDefault();
                  pane.current?.querySelector<HTMLElement>("[role=option], .recent-item")?.focus();
                }
              }}
            />
            {isInSearch && !isSearching && (
              <RecentList
                onPick={(words) => {
                  setQuery(words);
                  searchRef.current?.focus();
                }}
              />
            )}
          </div>
          {isSearching && (
            <>
              <FilterBar
                filters={filters}
                onChange={setFilters}
                people={people}
                chats={inbox.lines.map((line) => ({ chat_id: line.chat_id, name: titleOf(line) }))}
              />
              <div className="results-order">
                <OrderChoice filters={filters} onChange={setFilters} />
              </div>
            </>
          )}
          {!isSearching && isInArchive && <ArchiveHead onBack={() => setInArchive(false)} />}
          {!isSearching && !isInArchive && (
            <div className="list-filters">
              <Choice
                look="chips"
                label={t("chats.filter")}
                value={filter}
                onChange={setFilter}
                options={FILTERS.map((id) => ({
                  id,
                  label: t(id === "mentions" || id === "channels" ? `list.filter_${id}` : `chats.filter_${id}`),
                }))}
              />
            </div>
          )}
        </>
      )}
      {!is_rail && <ConnectionLine />}
      {!is_rail && !isSearching && !isInArchive && filter === "all" && archived.length > 0 && (
        <ArchiveLink count={archived.length} onOpen={() => setInArchive(true)} />
      )}
      {isSearching ? (
        <SearchResults
          query={query.trim()}
          filters={filters}
          lines={found}
          all={inbox.lines}
          my_id={me.user_id}
          chat_id={chat_id}
          onChat={openChat}
          onPerson={openPerson}
          onLeave={() => searchRef.current?.focus()}
        />
      ) : inbox.status === "loading" && inbox.lines.length === 0 ? (
        <ListSkeleton />
      ) : shown.length > 0 ? (
        <ChatList lines={shown} my_id={me.user_id} chat_id={chat_id} />
      ) : (
        !is_rail && <NoChats filter={isInArchive ? "archived" : filter} />
      )}
    </nav>
  );
}

/** The own picture, with how others see one, and a mark while somebody waits for an answer. */
function OwnAvatar({ me, has_news }: { me: Self; has_news: boolean }) {
  const { presence } = useOwnPresence();
  const state = presence?.state === "do_not_disturb" ? "do_not_disturb" : presence?.status;
  return (
    <span className="own-avatar">
      <Avatar id={me.user_id} name={me.display_name} size="tiny" />
      {state !== undefined && state !== "offline" && (
        <span className="status-dot own-dot" data-status={state} aria-hidden="true" />
      )}
      {has_news && <span className="own-news" aria-hidden="true" />}
    </span>
  );
}

function NoChats({ filter }: { filter: Filter | "archived" }) {
  const { t } = useTranslation();
  const width = useWidth();
  const openOverlay = useOverlay();
  if (filter === "unread")
    return <EmptyState icon={<MessagesSquare />} title={t("chats.empty_unread")} hint={t("chats.empty_unread_hint")} />;
  if (filter === "mentions")
    return (
      <EmptyState icon={<MessagesSquare />} title={t("list.empty_mentions")} hint={t("list.empty_mentions_hint")} />
    );
  if (filter === "channels")
    return (
      <EmptyState icon={<MessagesSquare />} title={t("list.empty_channels")} hint={t("list.empty_channels_hint")}>
        <Button look="primary" onPress={() => navigate({ at: "directory" })}>
          {t("directory.title")}
        </Button>
      </EmptyState>
    );
  if (filter === "archived")
    return (
      <EmptyState icon={<MessagesSquare />} title={t("chats.empty_archived")} hint={t("chats.empty_archived_hint")} />
    );
  // On a phone nothing stands beside the list: this is what a newcomer sees first.
  const isFirstScreen = filter === "all" && width === "phone";
  const suffix = filter === "all" ? "" : (`_${filter}` as const);
  return (
    <EmptyState
      {...(isFirstScreen ? { picture: <Sticker id="hello" size={128} /> } : { icon: <MessagesSquare /> })}
      title={t(`chats.empty${suffix}`)}
      hint={t(`chats.empty${suffix}_hint`)}
    >
      {filter !== "groups" && (
        <Button look="primary" onPress={() => openOverlay("new_chat")}>
          {t("new_chat.search_label")}
        </Button>
      )}
      {filter !== "direct" && <Button onPress={() => openOverlay("new_group")}>{t("new_chat.make_group")}</Button>}
      {isFirstScreen && (
        <Button look="quiet" onPress={() => navigate({ at: "directory" })}>
          {t("home.explore")}
        </Button>
      )}
    </EmptyState>
  );
}
