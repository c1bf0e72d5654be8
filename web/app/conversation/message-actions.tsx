import { type Ref, Suspense, useImperativeHandle, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatHandle, ChatScreen, TimelineMessage } from "../../sync/client.ts";
import { ContextMenu, type MenuPlace } from "../../ui/action-menu.tsx";
import { ConfirmDialog } from "../../ui/dialog.tsx";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { messageWords } from "../message-words.ts";
import { momentWords } from "../moment-words.ts";
import { messageAddress } from "../own-links.ts";
import { useParley } from "../parley-context.tsx";
import { askReport } from "../people/people-dialogs.ts";
import { navigate, threadRoute } from "../route.ts";
import { noteOwnReaction } from "../timeline/fresh-reaction.ts";
import type { MessageKey } from "../timeline/timeline.tsx";
import { showToast } from "../toasts.ts";
import type { Purpose } from "./composer-banner.tsx";
import { MomentDialog, VotesDialog } from "./dialogs.ts";
import { EditHistory } from "./edit-history.tsx";
import { ForwardDialog } from "./forward-dialog.tsx";
import { abilitiesOf, refOf } from "./message-abilities.ts";
import { MessageInfo } from "./message-info.tsx";
import { menuOf } from "./message-menu.tsx";
import { QuickReactions } from "./quick-reactions.tsx";
import { ReactionPopover } from "./reaction-popover.tsx";

export interface MessageActionsApi {
  openMenu: (message: TimelineMessage, place: MenuPlace) => void;
  /** An action asked for by its key, if the message has it. */
  run: (message: TimelineMessage, id: MessageKey, place: MenuPlace) => void;
  setReaction: (message: TimelineMessage, emoji: string, isSet: boolean) => void;
  vote: (message: TimelineMessage, optionIds: readonly number[]) => void;
  showHistory: (message: TimelineMessage) => void;
  copyAll: (messages: readonly TimelineMessage[]) => void;
  forwardAll: (messages: readonly TimelineMessage[]) => void;
  saveAll: (messages: readonly TimelineMessage[]) => void;
  hideAll: (messages: readonly TimelineMessage[]) => void;
  removeAll: (messages: readonly TimelineMessage[]) => void;
}

export interface MessageActionsProps {
  handle: ChatHandle;
  screen: ChatScreen;
  my_id: string;
  is_thread?: boolean;
  ref: Ref<MessageActionsApi>;
  /** The text of a discarded message goes back to the composer. */
  onRestore: (text: string) => void;
  /** The composer is to answer or to change a message. */
  onPurpose: (purpose: Purpose) => void;
  /** Begins choosing several. */
  onSelect: (message: TimelineMessage) => void;
  /** Something was done to all that were chosen. */
  onDone: () => void;
}

interface Reacting {
  message: TimelineMessage;
  place: MenuPlace;
  is_full: boolean;
}

/** What can be done with messages: their menu, and the questions and answers that follow. */
export function MessageActions(props: MessageActionsProps) {
  const { handle, screen, my_id, is_thread = false, ref, onRestore, onPurpose, onSelect, onDone } = props;
  const { t } = useTranslation();
  const formats = useFormats();
  const client = useParley();
  const [menu, setMenu] = useState<{ message: TimelineMessage; place: MenuPlace } | undefined>(undefined);
  const [doomed, setDoomed] = useState<readonly TimelineMessage[]>([]);
  const [shown, setShown] = useState<TimelineMessage | undefined>(undefined);
  const [reacting, setReacting] = useState<Reacting | undefined>(undefined);
  const [forwarded, setForwarded] = useState<readonly TimelineMessage[]>([]);
  const [traced, setTraced] = useState<TimelineMessage | undefined>(undefined);
  const [polled, setPolled] = useState<TimelineMessage | undefined>(undefined);
  const [reminded, setReminded] = useState<TimelineMessage | undefined>(undefined);

  const failed = (thrown: unknown): void => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");

  const actionsOf = (message: TimelineMessage, place: MenuPlace) => {
    const { seq, client_msg_id: id } = message;
    return menuOf(
      message,
      {
        retry: () => void (id !== undefined && handle.retry(id).catch(failed)),
        discard: () => void (id !== undefined && discard(id)),
        reply: () => onPurpose({ kind: "reply", message }),
        openThread: () => {
          if (seq !== undefined) navigate(threadRoute(screen.chat_id, seq));
        },
        edit: () => onPurpose({ kind: "edit", message }),
        react: () => setReacting({ message, place, is_full: false }),
        copy: () => void copy([message]),
        copyLink: () => void (seq !== undefined && copyLink(seq)),
        pin: () => void (seq !== undefined && handle.setPin(seq, !message.is_pinned).catch(failed)),
        forward: () => setForwarded([message]),
        save: () => void save([message]),
        remind: (at) => (at === undefined ? setReminded(message) : remind(message, at)),
        select: () => onSelect(message),
        showInfo: () => setShown(message),
        showHistory: () => setTraced(message),
        showVotes: () => setPolled(message),
        closePoll: () => void (seq !== undefined && handle.closePoll(seq).catch(failed)),
        report: () => {
          if (message.message_id !== undefined)
            askReport({
              kind: "message",
              message_id: message.message_id,
              name: message.sender_name,
            });
        },
        hide: () => void hide([message]),
        remove: () => setDoomed([message]),
      },
      { t, formats, screen, is_thread },
    );
  };

  function remind({ seq }: TimelineMessage, at: number): void {
    if (seq === undefined) return;
    handle.setReminder(seq, at).then(
      () =>
        showToast(t("remind.done", { when: momentWords(t, formats, at) }), "plain", {
          label: t("action.undo"),
          run: () => void handle.setReminder(seq, null).catch(failed),
        }),
      failed,
    );
  }

  /** Where these actions take place: the chat of a thread is the chat. */
  async function hide(messages: readonly TimelineMessage[]): Promise<void> {
    const seqs = messages.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
    if (seqs.length === 0) return;
    try {
      await handle.hide(seqs, true);
      showToast(t("message.hide_done"), "plain", {
        label: t("action.undo"),
        run: () => void handle.hide(seqs, false).catch(failed),
      });
      onDone();
    } catch (thrown) {
      failed(thrown);
    }
  }

  async function save(messages: readonly TimelineMessage[]): Promise<void> {
    try {
      const saved = await client.openSaved();
      for (const { message_id } of messages) if (message_id !== undefined) await client.forward(message_id, [saved]);
      showToast(t("message.saved"));
      onDone();
    } catch (thrown) {
      failed(thrown);
    }
  }

  function setReaction(message: TimelineMessage, emoji: string, isSet: boolean): void {
    const target = refOf(message);
    if (target === undefined) return;
    if (isSet) noteOwnReaction(message.key, emoji);
    handle.setReaction(target, emoji, isSet).catch(failed);
  }

  async function copy(messages: readonly TimelineMessage[]): Promise<void> {
    const [only] = messages;
    const text =
      messages.length === 1 && only?.kind === "text"
        ? (only.text ?? "")
        : messages.map((one) => `${one.sender_name}: ${one.text ?? messageWords(t, one)}`).join("\n");
    try {
      await navigator.clipboard.writeText(text);
      showToast(t("message.copied"));
      onDone();
    } catch (thrown) {
      failed(thrown);
    }
  }

  async function copyLink(seq: number): Promise<void> {
    try {
      await navigator.clipboard.writeText(messageAddress(screen.chat_id, seq));
      showToast(t("person.link_copied"));
    } catch (thrown) {
      failed(thrown);
    }
  }

  async function discard(id: string): Promise<void> {
    try {
      const text = await handle.discard(id);
      if (text === undefined) showToast(t("message.discarded_kept"));
      else onRestore(text);
    } catch (thrown) {
      failed(thrown);
    }
  }

  useImperativeHandle(ref, () => ({
    openMenu: (message, place) => {
      if (actionsOf(message, place).length > 0) setMenu({ message, place });
    },
    run: (message, id, place) => {
      const actions = actionsOf(message, place);
      const find = (wanted: string) => actions.find((action) => action.id === wanted);
      // What cannot be deleted for everyone is deleted for the person.
      (find(id) ?? (id === "delete" ? find("hide") : undefined))?.run();
    },
    setReaction,
    vote: (message, optionIds) => {
      const target = refOf(message);
      if (target !== undefined) handle.setVote(target, optionIds).catch(failed);
    },
    showHistory: setTraced,
    copyAll: (messages) => void copy(messages),
    forwardAll: setForwarded,
    saveAll: (messages) => void save(messages),
    hideAll: (messages) => void hide(messages),
    removeAll: setDoomed,
  }));

  return (
    <>
      {menu !== undefined && (
        <ContextMenu
          key={`${menu.message.key} ${menu.place.x} ${menu.place.y}`}
          label={t("message.menu")}
          place={menu.place}
          actions={actionsOf(menu.message, menu.place)}
          header={
            abilitiesOf(menu.message, screen, Date.now()).can_react
              ? (close) => (
                  <QuickReactions
                    message={menu.message}
                    onPick={(emoji, isSet) => {
                      setReaction(menu.message, emoji, isSet);
                      close();
                    }}
                    onMore={() => {
                      close();
                      setReacting({ ...menu, is_full: true });
                    }}
                  />
                )
              : undefined
          }
          onClose={() => setMenu(undefined)}
        />
      )}
      {reacting !== undefined && (
        <ReactionPopover
          key={`${reacting.message.key} ${reacting.place.x} ${reacting.place.y}`}
          message={reacting.message}
          place={reacting.place}
          is_full={reacting.is_full}
          onPick={(emoji, isSet) => setReaction(reacting.message, emoji, isSet)}
          onClose={() => setReacting(undefined)}
        />
      )}
      {forwarded.length > 0 && (
        <ForwardDialog messages={forwarded} onClose={() => setForwarded([])} onForwarded={onDone} />
      )}
      {traced !== undefined && <EditHistory message={traced} handle={handle} onClose={() => setTraced(undefined)} />}
      <ConfirmDialog
        title={t(doomed.length > 1 ? "message.delete_many_title" : "message.delete_title", { count: doomed.length })}
        hint={t("message.delete_hint")}
        confirm={t("message.delete")}
        is_open={doomed.length > 0}
        onClose={() => setDoomed([])}
        onConfirm={() => {
          for (const message of doomed) {
            const target = refOf(message);
            if (target !== undefined) handle.deleteMessage(target).catch(failed);
          }
        }}
        onClosed={onDone}
      />
      {shown !== undefined && (
        <MessageInfo message={shown} screen={screen} my_id={my_id} onClose={() => setShown(undefined)} />
      )}
      <Suspense fallback={null}>
        {polled !== undefined && <VotesDialog message={polled} handle={handle} onClose={() => setPolled(undefined)} />}
        {reminded !== undefined && (
          <MomentDialog
            title={t("remind.title")}
            confirm={t("remind.confirm")}
            onChoose={(at) => remind(reminded, at)}
            onClose={() => setReminded(undefined)}
          />
        )}
      </Suspense>
    </>
  );
}
