import { Hourglass, LogIn, MessageCircle, ShieldX, Unplug } from "lucide-react";
import { useState } from "react";
import { Form } from "react-aria-components/Form";
import { useTranslation } from "react-i18next";
import { asFault } from "../../../src/domain/fault.ts";
import type { ChatCard } from "../../../src/protocol/entry-routes.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Field } from "../../ui/field.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { useAnswer } from "../answer.ts";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { PagePane } from "../page-pane.tsx";
import { useParley } from "../parley-context.tsx";
import { chatRoute, navigate } from "../route.ts";
import "./join-pane.css";

/** Where an invitation leads, and the way in. */
export function JoinPane({ code }: { code: string }) {
  const { t } = useTranslation();
  const client = useParley();
  const { answer, reload, change } = useAnswer(code, () => client.server.ask("readInvite", { params: { code } }));
  return (
    <PagePane title={t("join.title")}>
      {answer.data !== undefined ? (
        <JoinCard
          card={answer.data}
          onJoin={(message) =>
            client.server.ask("acceptInvite", {
              params: { code },
              body: message === "" ? {} : { message },
            })
          }
          onStanding={(standing) => change((card) => ({ ...card, standing }))}
        />
      ) : answer.status !== "failed" ? (
        <ListSkeleton />
      ) : asFault(answer.thrown)?.code === "not_found" || asFault(answer.thrown)?.code === "invalid" ? (
        <EmptyState icon={<Unplug />} title={t("join.over")} hint={t("join.over_hint")}>
          <Button onPress={() => navigate({ at: "home" }, { replace: true })}>{t("conversation.back")}</Button>
        </EmptyState>
      ) : (
        <EmptyState icon={<Unplug />} title={t("join.failed", { reason: faultWords(t, answer.thrown) })}>
          <Button onPress={reload}>{t("action.try_again")}</Button>
        </EmptyState>
      )}
    </PagePane>
  );
}

export interface JoinCardProps {
  card: ChatCard;
  onJoin: (message: string) => Promise<{ status: "joined" | "requested" }>;
  onStanding: (standing: ChatCard["standing"]) => void;
}

const MESSAGE_CHARS = 200;

/** A chat that may be joined: what it is, how the reader stands to it, and the one thing to do about it. */
export function JoinCard({ card, onJoin, onStanding }: JoinCardProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [message, setMessage] = useState("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const { standing } = card;

  async function join(): Promise<void> {
    setBusy(true);
    setProblem(undefined);
    try {
      const { status } = await onJoin(message.trim());
      if (status === "joined") navigate(chatRoute(card.chat_id), { replace: true });
      else onStanding("requested");
    } catch (thrown) {
      if (asFault(thrown)?.code === "banned") onStanding("banned");
      else setProblem(faultWords(t, thrown));
    }
    setBusy(false);
  }

  return (
    <section className="join-card" aria-label={card.name}>
      <Avatar id={card.chat_id} name={card.name} size="large" is_group />
      <h2 dir="auto">{card.name}</h2>
      <p className="page-hint">
        {t(`join.kind_${card.chat_type === "channel" ? "channel" : "group"}`)} ·{" "}
        {t("join.members", { count: card.member_count, shown: formats.number(card.member_count) })}
      </p>
      {card.description !== "" && (
        <p className="join-description" dir="auto">
          {card.description}
        </p>
      )}
      {standing === "stranger" && (
        <Form
          className="join-form"
          onSubmit={(event) => {
            event.preventDefault();
            void join();
          }}
        >
          {card.needs_approval && (
            <Field
              label={t("join.message")}
              hint={t("join.message_hint")}
              value={message}
              onChange={setMessage}
              maxLength={MESSAGE_CHARS}
            />
          )}
          {problem !== undefined && (
            <p className="page-problem" role="alert">
              {problem}
            </p>
          )}
          <Button type="submit" look="primary" isPending={isBusy}>
            <LogIn aria-hidden="true" className="icon-directional" />
            {t(card.needs_approval ? "join.ask" : "join.join")}
          </Button>
        </Form>
      )}
      {standing === "member" && (
        <>
          <p role="status">{t("join.member")}</p>
          <Button look="primary" onPress={() => navigate(chatRoute(card.chat_id), { replace: true })}>
            <MessageCircle aria-hidden="true" />
            {t("chats.open")}
          </Button>
        </>
      )}
      {standing === "requested" && (
        <p className="join-note" role="status">
          <Hourglass aria-hidden="true" />
          {t("join.requested")}
        </p>
      )}
      {standing === "banned" && (
        <p className="join-note" data-danger role="status">
          <ShieldX aria-hidden="true" />
          {t("join.banned")}
        </p>
      )}
    </section>
  );
}
