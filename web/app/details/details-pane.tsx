import { ArrowLeft, X } from "lucide-react";
import { useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatScreen } from "../../sync/client.ts";
import { IconButton } from "../../ui/button.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { useChatHandle } from "../conversation/conversation-pane.tsx";
import { useMaybeReadable } from "../parley-context.tsx";
import { useWidth } from "../width.ts";
import { BansPage } from "./bans-page.tsx";
import { ChatSettingsPage } from "./chat-settings-page.tsx";
import type { DetailsPage } from "./details-page.ts";
import "./details-pane.css";
import { GroupDetails } from "./group-details.tsx";
import { InvitesPage } from "./invites-page.tsx";
import { PersonDetails } from "./person-details.tsx";
import { RequestsPage } from "./requests-page.tsx";

export interface DetailsPaneProps {
  chat_id: string;
  my_id: string;
  onClose: () => void;
}

/** All about the open chat: the other person, or the group with its members, and the pages behind them. */
export function DetailsPane({ chat_id, my_id, onClose }: DetailsPaneProps) {
  const { t } = useTranslation();
  const width = useWidth();
  const handle = useChatHandle(chat_id);
  const screen = useMaybeReadable(handle?.screen);
  const [page, setPage] = useState<DetailsPage>("main");
  const isMain = page === "main";
  const heading = useRef<HTMLHeadingElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const before = useRef<DetailsPage>(page);
  useLayoutEffect(() => {
    // A page is read from its heading; back from it, the focus stands where it was opened.
    if (!isMain) heading.current?.focus();
    else if (before.current !== "main")
      body.current?.querySelector<HTMLElement>(`[data-page=${before.current}]`)?.focus();
    before.current = page;
  }, [page, isMain]);
  const title = t(isMain ? "details.title" : `chat_settings.page_${page}`);
  return (
    <aside
      className="details-pane"
      aria-label={title}
      onKeyDown={(event) => {
        // Esc goes one step back: from a page to the chat, and only then out of the panel.
        if (event.key !== "Escape" || event.defaultPrevented || isMain) return;
        event.preventDefault();
        setPage("main");
      }}
    >
      <header className="details-header">
        {(width === "phone" || !isMain) && (
          <IconButton key={page} label={t("action.back")} onPress={isMain ? onClose : () => setPage("main")}>
            <ArrowLeft className="icon-directional" />
          </IconButton>
        )}
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        {width !== "phone" && (
          <IconButton label={t("details.close")} onPress={onClose}>
            <X />
          </IconButton>
        )}
      </header>
      <div className="details-body" key={page} ref={body}>
        {screen === undefined || screen.status === "loading" ? (
          <ListSkeleton />
        ) : (
          <Page page={page} screen={screen} my_id={my_id} onPage={setPage} />
        )}
      </div>
    </aside>
  );
}

interface PageProps {
  page: DetailsPage;
  screen: ChatScreen;
  my_id: string;
  onPage: (page: DetailsPage) => void;
}

function Page({ page, screen, my_id, onPage }: PageProps) {
  switch (page) {
    case "main":
      return screen.peer_id === undefined ? (
        <GroupDetails screen={screen} my_id={my_id} onPage={onPage} />
      ) : (
        <PersonDetails screen={screen} user_id={screen.peer_id} my_id={my_id} onPage={onPage} />
      );
    case "settings":
      return <ChatSettingsPage screen={screen} />;
    case "invites":
      return <InvitesPage chat_id={screen.chat_id} name={screen.title} />;
    case "requests":
      return <RequestsPage chat_id={screen.chat_id} />;
    case "bans":
      return <BansPage chat_id={screen.chat_id} />;
  }
}
