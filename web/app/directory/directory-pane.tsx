import { Compass, Megaphone, SearchX, UsersRound } from "lucide-react";
import { useEffect, useState } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import type { ChatCard } from "../../../src/protocol/entry-routes.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { SearchField } from "../../ui/field.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { JoinCard } from "../join/join-pane.tsx";
import { PagePane } from "../page-pane.tsx";
import { useParley } from "../parley-context.tsx";
import { chatRoute, navigate } from "../route.ts";

const PAUSE_MS = 180;
const KINDS = ["all", "group", "channel"] as const;
type Kind = (typeof KINDS)[number];

interface Found {
  status: "loading" | "ready" | "failed";
  chats: readonly ChatCard[];
  next_cursor?: string | undefined;
  thrown?: unknown;
}

/** Public groups and channels: look around, search, join. */
export function DirectoryPane() {
  const { t } = useTranslation();
  const client = useParley();
  const [query, setQuery] = useState("");
  const [kind, setKind] = useState<Kind>("all");
  const [found, setFound] = useState<Found>({ status: "loading", chats: [] });
  const [opened, setOpened] = useState<ChatCard | undefined>(undefined);
  const [turn, setTurn] = useState(0);
  const wanted = query.trim();

  useEffect(() => {
    let isCurrent = turn >= 0;
    setFound((old) => ({ ...old, status: "loading" }));
    const timer = setTimeout(
      () => {
        client.server
          .ask("directory", {
            query: { ...(wanted === "" ? {} : { q: wanted }), ...(kind === "all" ? {} : { chat_type: kind }) },
          })
          .then(
            ({ chats, next_cursor }) => isCurrent && setFound({ status: "ready", chats, next_cursor }),
            (thrown: unknown) => isCurrent && setFound({ status: "failed", chats: [], thrown }),
          );
      },
      wanted === "" ? 0 : PAUSE_MS,
    );
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [client, wanted, kind, turn]);

  function more(): void {
    const { next_cursor } = found;
    if (next_cursor === undefined) return;
    client.server
      .ask("directory", {
        query: {
          ...(wanted === "" ? {} : { q: wanted }),
          ...(kind === "all" ? {} : { chat_type: kind }),
          cursor: next_cursor,
        },
      })
      .then(
        (page) =>
          setFound((old) =>
            old.next_cursor === next_cursor
              ? { status: "ready", chats: [...old.chats, ...page.chats], next_cursor: page.next_cursor }
              : old,
          ),
        (thrown: unknown) => setFound((old) => ({ ...old, status: "failed", thrown })),
      );
  }

  const setStanding = (chatId: string, standing: ChatCard["standing"]): void => {
    const changed = (card: ChatCard): ChatCard => (card.chat_id === chatId ? { ...card, standing } : card);
    setFound((old) => ({ ...old, chats: old.chats.map(changed) }));
    setOpened((old) => (old === undefined ? old : changed(old)));
  };

  return (
    <PagePane title={t("directory.title")}>
      <SearchField
        label={t("directory.search")}
        placeholder={t("directory.search")}
        value={query}
        onChange={setQuery}
      />
      <Choice
        look="chips"
        label={t("chats.filter")}
        value={kind}
        onChange={setKind}
        options={KINDS.map((id) => ({ id, label: t(`directory.kind_${id}`) }))}
      />
      {found.status === "loading" && found.chats.length === 0 ? (
        <ListSkeleton />
      ) : found.status === "failed" && found.chats.length === 0 ? (
        <EmptyState icon={<Compass />} title={t("directory.failed", { reason: faultWords(t, found.thrown) })}>
          <Button onPress={() => setTurn(turn + 1)}>{t("action.try_again")}</Button>
        </EmptyState>
      ) : found.chats.length === 0 ? (
        wanted === "" ? (
          <EmptyState icon={<Compass />} title={t("directory.empty")} hint={t("directory.empty_hint")} />
        ) : (
          <EmptyState icon={<SearchX />} title={t("chats.no_match", { query: wanted })} />
        )
      ) : (
        <ul aria-label={t("directory.title")}>
          {found.chats.map((card) => (
            <DirectoryLine key={card.chat_id} card={card} onOpen={() => setOpened(card)} />
          ))}
        </ul>
      )}
      {found.next_cursor !== undefined && (
        <Button look="quiet" onPress={more}>
          {t("search.more")}
        </Button>
      )}
      {opened !== undefined && (
        <Dialog title={t("join.title")} is_open onClose={() => setOpened(undefined)}>
          <div className="dialog-body directory-card">
            <JoinCard
              card={opened}
              onJoin={(message) =>
                client.server.ask("joinChat", {
                  params: { id: opened.chat_id },
                  body: message === "" ? {} : { message },
                })
              }
              onStanding={(standing) => setStanding(opened.chat_id, standing)}
            />
          </div>
        </Dialog>
      )}
    </PagePane>
  );
}

function DirectoryLine({ card, onOpen }: { card: ChatCard; onOpen: () => void }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const members = t("join.members", { count: card.member_count, shown: formats.number(card.member_count) });
  return (
    <li className="page-line">
      <AriaButton
        className="page-line-who"
        onPress={card.standing === "member" ? () => navigate(chatRoute(card.chat_id)) : onOpen}
      >
        <Avatar id={card.chat_id} name={card.name} is_group />
        <span className="person-words">
          <OneLine className="person-name">{card.name}</OneLine>
          <span className="person-detail directory-detail">
            {card.chat_type === "channel" ? <Megaphone aria-hidden="true" /> : <UsersRound aria-hidden="true" />}
            <span className="ellipsis">
              {members}
              {card.description !== "" && (
                <>
                  {" · "}
                  <bdi>{card.description}</bdi>
                </>
              )}
            </span>
          </span>
        </span>
      </AriaButton>
      <span className="page-line-actions">
        {card.standing === "stranger" ? (
          <Button
            look="primary"
            aria-label={t(card.needs_approval ? "directory.ask_label" : "directory.join_label", { name: card.name })}
            onPress={onOpen}
          >
            {t(card.needs_approval ? "join.ask" : "join.join")}
          </Button>
        ) : (
          <span className="page-hint">{t(`directory.standing_${card.standing}`)}</span>
        )}
      </span>
    </li>
  );
}
