import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Reminder } from "../../../src/protocol/chat.ts";
import { useTitleById } from "../chat-list/chat-title.ts";
import { jumpToNumber } from "../jump-request.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { showToast } from "../toasts.ts";

const keyOf = ({ chat_id, seq, remind_at }: Reminder): string => `${chat_id} ${seq} ${remind_at}`;
/** What came due longer ago is in the list, and says nothing when the app is opened. */
const FRESH_MS = 10 * 60_000;

/** Says once that a reminder has come due, with the way to its message. */
export function useDueReminders(): void {
  const { t } = useTranslation();
  const client = useParley();
  const reminders = useReadable(client.reminders);
  const titleOf = useTitleById();
  const told = useRef(new Set<string>());
  useEffect(() => {
    for (const reminder of reminders) {
      const key = keyOf(reminder);
      if (!reminder.is_due || told.current.has(key)) continue;
      told.current.add(key);
      if (Date.now() - Date.parse(reminder.remind_at) > FRESH_MS) continue;
      const { chat_id, seq } = reminder;
      showToast(t("remind.toast", { name: titleOf(chat_id) }), "plain", {
        label: t("remind.show"),
        run: () => {
          const handle = client.openChat(chat_id);
          // Seen is seen; where it cannot be said now, the reminder stays in the list.
          handle
            .setReminder(seq, null)
            .catch(() => undefined)
            .finally(() => handle.close());
          void jumpToNumber(client, chat_id, seq);
        },
      });
    }
  }, [reminders, client, t, titleOf]);
}
