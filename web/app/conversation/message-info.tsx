import { useTranslation } from "react-i18next";
import { isSkipped } from "../../../src/domain/delta.ts";
import type { Member } from "../../../src/protocol/chat.ts";
import type { DataOf } from "../../../src/protocol/rest.ts";
import type { ChatScreen, TimelineMessage } from "../../sync/client.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { MessageStateIcon } from "../../ui/message-state-icon.tsx";
import { useAnswer } from "../answer.ts";
import { PersonRow } from "../chat-list/search-results.tsx";
import { useFormats } from "../formats-context.tsx";
import { messageWords } from "../message-words.ts";
import { useParley } from "../parley-context.tsx";
import "./message-info.css";
import { MessageOrder } from "./message-order.tsx";

/** How far an own message has come, person by person, and when: that much only the server knows, and not of what is long ago. */
export function MessageInfo({
  message,
  screen,
  my_id,
  onClose,
}: {
  message: TimelineMessage;
  screen: ChatScreen;
  my_id: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const seq = message.seq ?? Number.POSITIVE_INFINITY;
  const others = screen.members.filter((member) => member.user_id !== my_id && member.removed_at === undefined);
  const has = (member: Member, cursor: "read_seq" | "delivered_seq"): boolean => {
    const receipt = screen.receipts.get(member.user_id);
    return receipt !== undefined && receipt[cursor] >= seq && !isSkipped(receipt, seq);
  };
  const isRead = (member: Member): boolean => has(member, "read_seq");
  const isDelivered = (member: Member): boolean => has(member, "delivered_seq");
  const readers = others.filter(isRead).length;
  const times = useTimes(message, `${readers} ${others.filter(isDelivered).length}`);
  const timesOf = (userId: string): string => {
    const { delivered_at, read_at } = times.get(userId) ?? {};
    return [
      ...(delivered_at === undefined
        ? []
        : [t("message.info_delivered_at", { time: formats.full(Date.parse(delivered_at)) })]),
      ...(read_at === undefined ? [] : [t("message.info_read_at", { time: formats.full(Date.parse(read_at)) })]),
    ].join(" · ");
  };
  const groups = [
    { id: "read", title: t("message.info_read"), people: others.filter(isRead) },
    { id: "delivered", title: t("message.info_delivered"), people: others.filter((m) => !isRead(m) && isDelivered(m)) },
    { id: "sent", title: t("message.info_waiting"), people: others.filter((m) => !isRead(m) && !isDelivered(m)) },
  ] as const;
  const nameOf = (id: string): string =>
    screen.members.find((member) => member.user_id === id)?.display_name ?? t("notice.somebody");
  return (
    <Dialog title={t("message.info_title")} is_open onClose={onClose}>
      <div className="dialog-body message-info">
        <blockquote className="message-info-text" dir="auto">
          {messageWords(t, message)}
        </blockquote>
        <p className="message-info-sent">
          {t("message.info_sent")} · <time>{formats.full(message.created_at)}</time>
        </p>
        {(message.reactions?.length ?? 0) > 0 && (
          <section>
            <h3>{t("message.info_reactions")}</h3>
            <ul>
              {message.reactions?.flatMap(({ emoji, user_ids }) =>
                user_ids.map((id) => (
                  <li key={`${emoji} ${id}`}>
                    <PersonRow user_id={id} name={nameOf(id)} detail={emoji} />
                  </li>
                )),
              )}
            </ul>
          </section>
        )}
        {(message.is_own ? groups : []).map(({ id, title, people }) =>
          people.length === 0 ? null : (
            <section key={id}>
              <h3>
                <MessageStateIcon state={id} />
                {title}
              </h3>
              <ul>
                {people.map((member) => (
                  <li key={member.user_id}>
                    <PersonRow user_id={member.user_id} name={member.display_name} detail={`@${member.username}`} />
                    {id !== "sent" && timesOf(member.user_id) !== "" && (
                      <p className="message-info-times">{timesOf(member.user_id)}</p>
                    )}
                  </li>
                ))}
              </ul>
            </section>
          ),
        )}
        {message.message_id !== undefined && <MessageOrder message_id={message.message_id} />}
      </div>
    </Dialog>
  );
}

type Times = Pick<DataOf<"delivery">["recipients"][number], "delivered_at" | "read_at">;
const NO_TIMES: ReadonlyMap<string, Times> = new Map();

/** Asked again when somebody more has it; without a network there are none. */
function useTimes({ message_id, is_own }: TimelineMessage, key: string): ReadonlyMap<string, Times> {
  const client = useParley();
  const id = is_own ? message_id : undefined;
  const { answer } = useAnswer(`${id} ${key}`, async () => {
    if (id === undefined) return NO_TIMES;
    const { recipients } = await client.server.ask("delivery", { params: { id } });
    return new Map(recipients.map((recipient) => [recipient.user_id, recipient]));
  });
  return answer.data ?? NO_TIMES;
}
