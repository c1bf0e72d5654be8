import type { TFunction } from "i18next";
import { AlarmClock, BellRing, Check, Ellipsis, Trash2 } from "lucide-react";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { excerpt } from "../../../src/domain/text.ts";
import type { Reminder } from "../../../src/protocol/chat.ts";
import { messageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import { ActionMenuButton } from "../../ui/action-menu.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { useAnswer } from "../answer.ts";
import { useTitleById } from "../chat-list/chat-title.ts";
import { MomentDialog } from "../conversation/dialogs.ts";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { jumpToNumber } from "../jump-request.ts";
import { contentWords } from "../message-words.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { showToast } from "../toasts.ts";
import "./news-dialog.css";

/** Of so many the message itself is asked for: further down a list nobody reads that far at once. */
const MOST_ASKED = 30;

/** Reminders that are due or wait, on all devices alike. Following one says that it was seen. */
export function RemindersDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const reminders = useReadable(client.reminders);
  const [moved, setMoved] = useState<Reminder | undefined>(undefined);
  const titleOf = useTitleById();
  const sorted = [...reminders].sort((a, b) => Date.parse(a.remind_at) - Date.parse(b.remind_at));
  const groups = [
    { id: "due", title: t("remind.due"), list: sorted.filter((one) => one.is_due) },
    { id: "waiting", title: t("remind.waiting"), list: sorted.filter((one) => !one.is_due) },
  ];

  function set({ chat_id, seq }: Reminder, at: number | null): void {
    const handle = client.openChat(chat_id);
    handle
      .setReminder(seq, at)
      .catch((thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"))
      .finally(() => handle.close());
  }

  return (
    <Dialog title={t("remind.list")} is_open onClose={onClose}>
      <div className="dialog-body news">
        {reminders.length === 0 && (
          <EmptyState icon={<AlarmClock />} title={t("remind.none")} hint={t("remind.none_hint")} />
        )}
        {groups.map(({ id, title, list }) =>
          list.length === 0 ? null : (
            <section key={id}>
              <h3>{title}</h3>
              <ul>
                {list.map((reminder, i) => (
                  <li key={`${reminder.chat_id} ${reminder.seq}`} className="news-line" data-due={reminder.is_due}>
                    {reminder.is_due ? <BellRing aria-hidden="true" /> : <AlarmClock aria-hidden="true" />}
                    <button
                      type="button"
                      className="news-words"
                      onClick={() => {
                        if (reminder.is_due) set(reminder, null);
                        onClose();
                        void jumpToNumber(client, reminder.chat_id, reminder.seq);
                      }}
                    >
                      <OneLine>{titleOf(reminder.chat_id)}</OneLine>
                      {i < MOST_ASKED && <MessageLine reminder={reminder} />}
                      <time className="news-detail tabular" dateTime={reminder.remind_at}>
                        {formats.full(Date.parse(reminder.remind_at))}
                      </time>
                    </button>
                    <ActionMenuButton
                      label={t("remind.actions", { name: titleOf(reminder.chat_id) })}
                      icon={<Ellipsis />}
                      actions={[
                        { id: "move", label: t("remind.move"), icon: <AlarmClock />, run: () => setMoved(reminder) },
                        {
                          id: "drop",
                          label: t(reminder.is_due ? "remind.done_with" : "remind.cancel"),
                          icon: reminder.is_due ? <Check /> : <Trash2 />,
                          run: () => set(reminder, null),
                        },
                      ]}
                    />
                  </li>
                ))}
              </ul>
            </section>
          ),
        )}
      </div>
      {moved !== undefined && (
        <Suspense fallback={null}>
          <MomentDialog
            title={t("remind.title")}
            confirm={t("remind.confirm")}
            onChoose={(at) => set(moved, at)}
            onClose={() => setMoved(undefined)}
          />
        </Suspense>
      )}
    </Dialog>
  );
}

const SHOWN_CHARS = 160;

/** What is to be remembered, once the server has said it; without it chat and time are enough. */
function MessageLine({ reminder: { chat_id, seq } }: { reminder: Reminder }) {
  const { t } = useTranslation();
  const client = useParley();
  const id = messageId(chat_id, seq);
  const { data } = useAnswer(id, () => client.server.ask("getMessage", { params: { id } })).answer;
  const words = data && wordsOf(t, data);
  return words === undefined ? null : <OneLine className="news-said">{excerpt(words, SHOWN_CHARS)}</OneLine>;
}

function wordsOf(t: TFunction, { content, deleted_at, is_expired }: Message): string | undefined {
  if (is_expired) return t("message.expired");
  if (deleted_at !== undefined) return t("message.deleted");
  return content === null || "event" in content ? undefined : contentWords(t, content);
}
