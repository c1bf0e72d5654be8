import { CalendarClock, Ellipsis, Pencil, SendHorizontal, Trash2 } from "lucide-react";
import { Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SendableContent } from "../../../src/protocol/content.ts";
import type { ChatHandle, ScheduledLine, SendOptions } from "../../sync/client.ts";
import { type Action, ActionMenuButton } from "../../ui/action-menu.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Field } from "../../ui/field.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { errorWords, faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { contentWords } from "../message-words.ts";
import { useReadable } from "../parley-context.tsx";
import { showToast } from "../toasts.ts";
import { MomentDialog } from "./dialogs.ts";
import { mentionsIn } from "./mentions.ts";
import { has } from "./message-abilities.ts";
import "./scheduled-dialog.css";

/** What waits for its time in a chat: to be changed, sent now, or taken back. */
export function ScheduledDialog({
  handle,
  title,
  onClose,
}: {
  handle: ChatHandle;
  title: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const lines = useReadable(handle.scheduled);
  const screen = useReadable(handle.screen);
  const [moved, setMoved] = useState<ScheduledLine | undefined>(undefined);
  const [edited, setEdited] = useState<{ line: ScheduledLine; text: string } | undefined>(undefined);

  const failed = (thrown: unknown): void => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");

  // Another device may have changed what waits.
  useEffect(() => handle.loadScheduled(), [handle]);

  const again = (line: ScheduledLine, at: number, content = line.content, id?: string): void => {
    const { thread_root_seq } = line;
    handle
      .schedule(line.message_type, content, at, {
        ...(id === undefined ? {} : { client_msg_id: id }),
        ...(thread_root_seq === undefined ? {} : { thread_root_seq }),
        ...placeOf(line),
      })
      .catch(failed);
  };

  const change = (line: ScheduledLine, at: number, content = line.content): void =>
    again(line, at, content, line.client_msg_id);

  /** Whom the new words name is found as when they are sent; `@here` stays if it was there. */
  function reworded({ content }: ScheduledLine, text: string): SendableContent {
    const before = "text" in content ? (content.mentions ?? []) : [];
    const mentions = mentionsIn(text, {
      people: screen.members,
      picked: before.flatMap(({ user_id, offset, length }) =>
        user_id === undefined || !("text" in content)
          ? []
          : [{ user_id, name: content.text.slice(offset + 1, offset + length) }],
      ),
      can_name_all: has(screen, "mention_all"),
    });
    return { text, ...(mentions.length === 0 ? {} : { mentions }) };
  }

  /** With it go words that stand nowhere else: undone, they wait again under a name of their own. */
  async function takeBack(line: ScheduledLine): Promise<void> {
    try {
      await handle.cancelScheduled(line.client_msg_id);
      showToast(t("later.cancelled"), "plain", {
        label: t("action.undo"),
        run: () => again(line, line.send_at),
      });
    } catch (thrown) {
      failed(thrown);
    }
  }

  async function sendNow(line: ScheduledLine): Promise<void> {
    const thread = line.thread_root_seq === undefined ? undefined : handle.openThread(line.thread_root_seq);
    const place = thread ?? handle;
    try {
      await handle.cancelScheduled(line.client_msg_id);
      if ("text" in line.content) {
        const { text, mentions } = line.content;
        await place.send(text, { ...placeOf(line), ...(mentions === undefined ? {} : { mentions }) });
      } else await place.sendContent(line.message_type, line.content, placeOf(line));
    } catch (thrown) {
      failed(thrown);
    } finally {
      thread?.close();
    }
  }

  const actionsOf = (line: ScheduledLine): Action[] => [
    {
      id: "now",
      label: t("later.send_now"),
      icon: <SendHorizontal className="icon-directional" />,
      run: () => void sendNow(line),
    },
    { id: "move", label: t("later.move"), icon: <CalendarClock />, run: () => setMoved(line) },
    ...("text" in line.content
      ? [
          {
            id: "edit",
            label: t("message.edit"),
            icon: <Pencil />,
            run: () => setEdited({ line, text: "text" in line.content ? line.content.text : "" }),
          },
        ]
      : []),
    {
      id: "cancel",
      label: t("later.cancel"),
      icon: <Trash2 />,
      is_danger: true,
      run: () => void takeBack(line),
    },
  ];

  return (
    <Dialog title={t("later.list")} is_open onClose={onClose}>
      <div className="dialog-body scheduled">
        {lines.length === 0 ? (
          <EmptyState icon={<CalendarClock />} title={t("later.empty")} hint={t("later.empty_hint", { name: title })} />
        ) : (
          <ul aria-label={t("later.list")}>
            {lines.map((line) => (
              <li key={line.client_msg_id} className="scheduled-line">
                <span className="scheduled-words">
                  <span className="scheduled-when tabular">
                    <CalendarClock aria-hidden="true" />
                    <time dateTime={new Date(line.send_at).toISOString()}>{formats.full(line.send_at)}</time>
                    {line.is_queued && <span>{t("later.queued")}</span>}
                  </span>
                  <OneLine>{contentWords(t, line.content)}</OneLine>
                  {line.error !== undefined && (
                    <span className="field-error">{t("later.refused", { reason: errorWords(t, line.error) })}</span>
                  )}
                </span>
                <ActionMenuButton
                  label={t("later.actions", { when: formats.full(line.send_at) })}
                  icon={<Ellipsis />}
                  actions={actionsOf(line)}
                />
              </li>
            ))}
          </ul>
        )}
        {edited !== undefined && (
          <form
            className="scheduled-edit"
            onSubmit={(event) => {
              event.preventDefault();
              if (edited.text.trim() !== "")
                change(edited.line, edited.line.send_at, reworded(edited.line, edited.text));
              setEdited(undefined);
            }}
          >
            <Field
              label={t("composer.edit_label")}
              value={edited.text}
              onChange={(text) => setEdited({ ...edited, text })}
              rows={3}
              autoFocus
            />
            <div className="dialog-foot">
              <Button onPress={() => setEdited(undefined)}>{t("action.cancel")}</Button>
              <Button look="primary" type="submit" isDisabled={edited.text.trim() === ""}>
                {t("action.save")}
              </Button>
            </div>
          </form>
        )}
      </div>
      {moved !== undefined && (
        <Suspense fallback={null}>
          <MomentDialog
            title={t("later.move")}
            confirm={t("action.save")}
            at={moved.send_at}
            onChoose={(at) => change(moved, at)}
            onClose={() => setMoved(undefined)}
          />
        </Suspense>
      )}
    </Dialog>
  );
}

/** What else its sender fixed: a change would lose what it does not name again. */
const placeOf = ({ reply_to_seq, expires_in_s }: ScheduledLine): SendOptions => ({
  ...(reply_to_seq === undefined ? {} : { reply_to: reply_to_seq }),
  ...(expires_in_s === undefined ? {} : { expires_in_s }),
});
