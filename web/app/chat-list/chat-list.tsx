import { Info, MessageCircle } from "lucide-react";
import { useMemo, useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { ListLayout, Virtualizer } from "react-aria-components/Virtualizer";
import { useTranslation } from "react-i18next";
import type { InboxLine } from "../../sync/client.ts";
import { type Action, ContextMenu, type MenuPlace } from "../../ui/action-menu.tsx";
import { useMenuRequest } from "../../ui/menu-request.ts";
import { useNow } from "../formats-context.tsx";
import { usePreferences } from "../preferences.ts";
import { chatRoute, navigate } from "../route.ts";
import { useChatActions } from "./chat-actions.tsx";
import "./chat-list.css";
import { ChatRow } from "./chat-row.tsx";
import { useTitleOf } from "./chat-title.ts";

const ROW_REM = 4.25;

export interface ChatListProps {
  lines: readonly InboxLine[];
  my_id: string;
  chat_id: string | undefined;
}

/** The chats, latest first: a list box of which only what is in sight exists. */
export function ChatList({ lines, my_id, chat_id }: ChatListProps) {
  const { t } = useTranslation();
  const now = useNow(60_000);
  const titleOf = useTitleOf(my_id);
  const chatActions = useChatActions(my_id);
  const { text_scale } = usePreferences();
  const [menu, setMenu] = useState<{ line: InboxLine; place: MenuPlace } | undefined>(undefined);
  const rowSize = useMemo(() => {
    const root = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    // Read again when the text size changes; the attribute is on the document before this renders.
    return text_scale > 0 ? Math.round(root * ROW_REM) : ROW_REM * 16;
  }, [text_scale]);

  const menuRequest = useMenuRequest("[role=option]", (row, place) => {
    const line = lines.find((one) => one.chat_id === row.dataset.key);
    if (line !== undefined) setMenu({ line, place });
  });

  const actionsOf = (line: InboxLine): Action[] => [
    { id: "open", label: t("chats.open"), icon: <MessageCircle />, run: () => navigate(chatRoute(line.chat_id)) },
    ...chatActions(line),
    {
      id: "details",
      label: t("conversation.details"),
      icon: <Info />,
      run: () => navigate(chatRoute(line.chat_id, true)),
    },
  ];

  return (
    <div className="chat-list-box" {...menuRequest}>
      <Virtualizer layout={ListLayout} layoutOptions={{ rowSize }}>
        <ListBox
          className="chat-list"
          aria-label={t("chats.list")}
          items={lines}
          dependencies={[now, my_id, titleOf]}
          selectionMode="single"
          selectedKeys={chat_id === undefined ? [] : [chat_id]}
          disallowEmptySelection
          onSelectionChange={(keys) => {
            const [key] = keys === "all" ? [] : [...keys];
            if (key !== undefined) navigate(chatRoute(String(key)));
          }}
        >
          {(line) => (
            <ListBoxItem id={line.chat_id} textValue={titleOf(line)} className="chat-option">
              <ChatRow line={line} my_id={my_id} now={now} />
            </ListBoxItem>
          )}
        </ListBox>
      </Virtualizer>
      {menu !== undefined && (
        <ContextMenu
          key={menu.line.chat_id}
          label={titleOf(menu.line)}
          place={menu.place}
          actions={actionsOf(menu.line)}
          onClose={() => setMenu(undefined)}
        />
      )}
    </div>
  );
}
