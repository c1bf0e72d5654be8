import {
  AlarmClock,
  AppWindow,
  Bookmark,
  CircleAlert,
  CircleUserRound,
  Compass,
  Info,
  Keyboard,
  LogOut,
  MessageSquareText,
  MessagesSquare,
  MonitorSmartphone,
  Moon,
  Search,
  Settings,
  ShieldCheck,
  SquarePen,
  Sun,
  SunMoon,
  UserRound,
  UsersRound,
} from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { Autocomplete } from "react-aria-components/Autocomplete";
import { Header } from "react-aria-components/Header";
import { Menu, MenuItem, MenuSection } from "react-aria-components/Menu";
import { useTranslation } from "react-i18next";
import type { Self } from "../../../src/protocol/user.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { SearchField } from "../../ui/field.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { useChatActions } from "../chat-list/chat-actions.tsx";
import { isSaved, useTitleOf } from "../chat-list/chat-title.ts";
import { fold, matchTitle } from "../chat-list/filter.ts";
import { faultWords } from "../fault-words.ts";
import { jumpToMessage, threadOf } from "../jump-request.ts";
import { KEYS } from "../keys.ts";
import { useOverlay } from "../overlays.tsx";
import { useParley, useReadable } from "../parley-context.tsx";
import { askStatus } from "../people/people-dialogs.ts";
import { usePeopleSearch } from "../people-search.ts";
import { preferences, THEMES } from "../preferences.ts";
import { chatRoute, chatSearchRoute, navigate, pathOf, threadRoute } from "../route.ts";
import { withoutMarks } from "../search/snippet.ts";
import { showToast } from "../toasts.ts";
import { useFoundMessages } from "./found-messages.ts";
import "./palette.css";

const MOST_CHATS = 8;
const MOST_PEOPLE = 6;

interface Entry {
  id: string;
  label: string;
  detail?: string;
  keys?: string;
  icon: ReactNode;
  run: () => void;
}

const THEME_ICONS = { auto: <SunMoon />, light: <Sun />, dark: <Moon /> };

export interface PaletteProps {
  me: Self;
  chat_id: string | undefined;
  onClose: () => void;
  onDetails: () => void;
}

/** Ctrl/Cmd+K: go to a person or a chat, or do something, in a few keys. */
export function Palette({ me, chat_id, onClose, onDetails }: PaletteProps) {
  const { t } = useTranslation();
  const client = useParley();
  const openOverlay = useOverlay();
  const { lines } = useReadable(client.inbox);
  const [query, setQuery] = useState("");
  const search = usePeopleSearch(query);
  const chatActions = useChatActions(me.user_id);
  const wanted = fold(query.trim());
  const titleOf = useTitleOf(me.user_id);

  const chats = useMemo<Entry[]>(() => {
    const found = wanted === "" ? lines : matchTitle(lines, query, titleOf);
    return found.slice(0, MOST_CHATS).map((line) => {
      const title = titleOf(line);
      return {
        id: `chat ${line.chat_id}`,
        label: title,
        icon: (
          <Avatar
            id={line.peer?.user_id ?? line.chat_id}
            name={title}
            size="tiny"
            is_group={line.chat_type !== "direct"}
            {...(isSaved(line, me.user_id) ? { icon: <Bookmark /> } : {})}
          />
        ),
        run: () => navigate(chatRoute(line.chat_id)),
      };
    });
  }, [lines, query, wanted, titleOf, me.user_id]);

  const people = useMemo<Entry[]>(() => {
    const known = new Set(lines.flatMap((line) => (line.peer === undefined ? [] : [line.peer.user_id])));
    return search.people
      .filter((person) => person.user_id !== me.user_id && !known.has(person.user_id))
      .slice(0, MOST_PEOPLE)
      .map((person) => ({
        id: `person ${person.user_id}`,
        label: person.display_name,
        detail: `@${person.username}`,
        icon: <Avatar id={person.user_id} name={person.display_name} size="tiny" />,
        run: () =>
          void client.startDirect(person.user_id).then(
            (chatId) => navigate(chatRoute(chatId)),
            (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
          ),
      }));
  }, [search.people, lines, client, me.user_id, t]);

  const failed = (thrown: unknown): void => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");
  const messages: Entry[] = useFoundMessages(query).map((hit) => ({
    id: `message ${hit.message.message_id}`,
    label: withoutMarks(hit.snippet, []).text,
    detail:
      hit.chat_name === undefined || hit.chat_name === "" ? hit.sender_name : `${hit.sender_name} · ${hit.chat_name}`,
    icon: <MessageSquareText />,
    run: () => jumpToMessage(hit.message.chat_id, hit.message.seq, threadOf(hit.message)),
  }));

  // What the row of the open chat offers, for who asks for it: spelt out, because a palette has no second step.
  const openLine = wanted === "" ? undefined : lines.find((line) => line.chat_id === chat_id);
  const ofThisChat: Entry[] =
    openLine === undefined
      ? []
      : chatActions(openLine)
          .filter((action) => action.id !== "read" && action.id !== "unread")
          .flatMap((action) =>
            (action.choices ?? [action]).map((one) => ({
              id: `this ${action.id} ${one.id}`,
              label: one === action ? action.label : `${action.label}: ${one.label}`,
              detail: titleOf(openLine),
              icon: action.icon,
              run: one.run,
            })),
          );

  const actions: Entry[] = [
    {
      id: "new_chat",
      label: t("palette.new_chat"),
      keys: KEYS.new_chat,
      icon: <SquarePen />,
      run: () => openOverlay("new_chat"),
    },
    { id: "new_group", label: t("palette.new_group"), icon: <UsersRound />, run: () => openOverlay("new_group") },
    {
      id: "saved",
      label: t("palette.saved"),
      icon: <Bookmark />,
      run: () => void client.openSaved().then((chatId) => navigate(chatRoute(chatId)), failed),
    },
    {
      id: "status",
      label: t("status.set"),
      icon: <CircleUserRound />,
      run: askStatus,
    },
    { id: "people", label: t("people.title"), icon: <UserRound />, run: () => navigate({ at: "people" }) },
    { id: "directory", label: t("directory.title"), icon: <Compass />, run: () => navigate({ at: "directory" }) },
    { id: "reminders", label: t("palette.reminders"), icon: <AlarmClock />, run: () => openOverlay("reminders") },
    { id: "failures", label: t("palette.failures"), icon: <CircleAlert />, run: () => openOverlay("failures") },
    ...(chat_id === undefined
      ? []
      : [
          {
            id: "threads",
            label: t("palette.threads"),
            icon: <MessagesSquare />,
            run: () => navigate(threadRoute(chat_id)),
          },
          {
            id: "window",
            label: t("palette.window"),
            icon: <AppWindow />,
            run: () => void window.open(pathOf(chatRoute(chat_id)), "_blank", "popup,width=480,height=760"),
          },
        ]),
    ...(chat_id === undefined
      ? []
      : [
          { id: "details", label: t("palette.details"), keys: KEYS.details, icon: <Info />, run: onDetails },
          {
            id: "search_chat",
            label: t("search.in_chat"),
            keys: KEYS.search_chat,
            icon: <Search />,
            run: () => navigate(chatSearchRoute(chat_id)),
          },
        ]),
    ...ofThisChat,
    {
      id: "settings",
      label: t("palette.settings"),
      keys: KEYS.settings,
      icon: <Settings />,
      run: () => navigate({ at: "settings", page: undefined }),
    },
    {
      id: "privacy",
      label: t("privacy.title"),
      icon: <ShieldCheck />,
      run: () => navigate({ at: "settings", page: "privacy" }),
    },
    {
      id: "devices",
      label: t("palette.devices"),
      icon: <MonitorSmartphone />,
      run: () => navigate({ at: "settings", page: "devices" }),
    },
    ...THEMES.filter((theme) => theme !== preferences.get().theme).map((theme) => ({
      id: `theme ${theme}`,
      label: t(`palette.theme_${theme}`),
      icon: THEME_ICONS[theme],
      run: () => preferences.set({ theme }),
    })),
    { id: "keys", label: t("palette.keys"), keys: KEYS.help, icon: <Keyboard />, run: () => openOverlay("keys") },
    {
      id: "sign_out",
      label: t("palette.sign_out"),
      icon: <LogOut className="icon-directional" />,
      run: () => openOverlay("sign_out"),
    },
  ];
  const found = wanted === "" ? actions : actions.filter((action) => fold(action.label).includes(wanted));

  const sections = [
    { id: "chats", title: t("palette.chats"), entries: chats },
    { id: "people", title: t("palette.people"), entries: people },
    { id: "actions", title: t("palette.actions"), entries: found },
    { id: "messages", title: t("palette.messages"), entries: messages },
  ].filter((section) => section.entries.length > 0);

  function run(key: string): void {
    const entry = sections.flatMap((section) => section.entries).find((one) => one.id === key);
    if (entry === undefined) return;
    // Closed first: an entry may open another overlay in its place.
    onClose();
    entry.run();
  }

  return (
    <Dialog title={t("palette.title")} shape="palette" is_open onClose={onClose}>
      <Autocomplete inputValue={query} onInputChange={setQuery}>
        <SearchField
          is_bare
          label={t("palette.title")}
          placeholder={t("palette.placeholder")}
          value={query}
          onChange={setQuery}
          autoFocus
        />
        <Menu
          className="palette-list"
          aria-label={t("palette.title")}
          onAction={(key) => run(String(key))}
          renderEmptyState={() => (
            <p className="palette-empty" role="status">
              {t("palette.empty")}
            </p>
          )}
        >
          {sections.map((section) => (
            <MenuSection key={section.id} id={section.id}>
              <Header className="results-header">{section.title}</Header>
              {section.entries.map((entry) => (
                <MenuItem key={entry.id} id={entry.id} textValue={entry.label} className="menu-item palette-item">
                  <span className="palette-icon">{entry.icon}</span>
                  <OneLine className="menu-label">{entry.label}</OneLine>
                  {entry.detail !== undefined && <span className="person-detail">{entry.detail}</span>}
                  {entry.keys !== undefined && (
                    <span className="key-hint" aria-hidden="true">
                      {entry.keys}
                    </span>
                  )}
                </MenuItem>
              ))}
            </MenuSection>
          ))}
        </Menu>
      </Autocomplete>
    </Dialog>
  );
}
