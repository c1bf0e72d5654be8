import {
  Keyboard,
  LogOut,
  MessagesSquare,
  PanelLeftClose,
  PanelLeftOpen,
  Search,
  Settings,
  SquarePen,
  UserRound,
} from "lucide-react";
import { type RefObject, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Self } from "../../../src/protocol/user.ts";
import { ActionMenuButton } from "../../ui/action-menu.tsx";
import { Avatar } from "../../ui/avatar.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { SearchField } from "../../ui/field.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { ConnectionLine } from "../connection-line.tsx";
import { faultWords } from "../fault-words.ts";
import { KEYS } from "../keys.ts";
import { useOverlay } from "../overlays.tsx";
import { useParley, useReadable } from "../parley-context.tsx";
import { chatRoute, navigate } from "../route.ts";
import { showToast } from "../toasts.ts";
import { ArchiveHead, ArchiveLink } from "./archive-bar.tsx";
import { ChatList } from "./chat-list.tsx";
import "./chat-list-pane.css";
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
  const pane = useRef<HTMLElement>(null);
  const [isInArchive, setInArchive] = useState(false);
  const archived = useMemo(() => inbox.lines.filter((line) => line.is_archived), [inbox.lines]);
  const listed = useMemo(() => filterLines(inbox.lines, filter, chat_id), [inbox.lines, filter, chat_id]);
  const shown = isInArchive ? archived : listed;
  const found = useMemo(() => matchTitle(inbox.lines, query), [inbox.lines, query]);
  const isSearching = query.trim() !== "" && !is_rail;

  const openChat = (chatId: string): void => {
    setQuery("");
    navigate(chatRoute(chatId));
  };
  const openPerson = (userId: string): void => {
    client
      .startDirect(userId)
      .then(openChat, (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"));
  };

  const account = (
    <ActionMenuButton
      label={t("chats.menu")}
      icon={<Avatar id={me.user_id} name={me.display_name} size="tiny" />}
      actions={[
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
          <div className="list-search">
            <SearchField
              label={t("chats.search")}
              placeholder={t("chats.search_short")}
              value={query}
              onChange={setQuery}
              inputRef={searchRef}
              onKeyDown={(event) => {
                if (event.key === "ArrowDown") {
                  event.preventDefault();
                  pane.current?.querySelector<HTMLElement>("[role=option]")?.focus();
                }
              }}
            />
          </div>
          {!isSearching && isInArchive && <ArchiveHead onBack={() => setInArchive(false)} />}
          {!isSearching && !isInArchive && (
            <div className="list-filters">
              <Choice
                look="chips"
                label={t("chats.filter")}
                value={filter}
                onChange={setFilter}
                options={FILTERS.map((id) => ({ id, label: t(`chats.filter_${id}`) }))}
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
          lines={found}
          my_id={me.user_id}
          chat_id={chat_id}
          onChat={openChat}
          onPerson={openPerson}
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

function NoChats({ filter }: { filter: Filter | "archived" }) {
  const { t } = useTranslation();
  const openOverlay = useOverlay();
  if (filter === "unread")
    return <EmptyState icon={<MessagesSquare />} title={t("chats.empty_unread")} hint={t("chats.empty_unread_hint")} />;
  if (filter === "archived")
    return (
      <EmptyState icon={<MessagesSquare />} title={t("chats.empty_archived")} hint={t("chats.empty_archived_hint")} />
    );
  const suffix = filter === "all" ? "" : (`_${filter}` as const);
  return (
    <EmptyState icon={<MessagesSquare />} title={t(`chats.empty${suffix}`)} hint={t(`chats.empty${suffix}_hint`)}>
      {filter !== "groups" && (
        <Button look="primary" onPress={() => openOverlay("new_chat")}>
          {t("new_chat.search_label")}
        </Button>
      )}
      {filter !== "direct" && <Button onPress={() => openOverlay("new_group")}>{t("new_chat.make_group")}</Button>}
    </EmptyState>
  );
}
