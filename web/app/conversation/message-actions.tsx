import {
  Copy,
  EyeOff,
  Forward,
  History,
  Info,
  Pencil,
  Pin,
  PinOff,
  Reply,
  RotateCw,
  SmilePlus,
  Trash2,
  Undo2,
} from "lucide-react";
import { type Ref, useImperativeHandle, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatHandle, ChatScreen, TimelineMessage } from "../../sync/client.ts";
import { type Action, ContextMenu, type MenuPlace } from "../../ui/action-menu.tsx";
import { ConfirmDialog } from "../../ui/dialog.tsx";
import { faultWords } from "../fault-words.ts";
import { KEYS } from "../keys.ts";
import type { MessageKey } from "../timeline/timeline.tsx";
import { showToast } from "../toasts.ts";
import type { Purpose } from "./composer-banner.tsx";
import { EditHistory } from "./edit-history.tsx";
import { ForwardDialog } from "./forward-dialog.tsx";
import { abilitiesOf } from "./message-abilities.ts";
import { MessageInfo } from "./message-info.tsx";
import { QuickReactions } from "./quick-reactions.tsx";
import { ReactionPopover } from "./reaction-popover.tsx";

export interface MessageActionsApi {
  openMenu: (message: TimelineMessage, place: MenuPlace) => void;
  /** An action asked for by its key, if the message has it. */
  run: (message: TimelineMessage, id: MessageKey, place: MenuPlace) => void;
  setReaction: (message: TimelineMessage, emoji: string, isSet: boolean) => void;
  showHistory: (message: TimelineMessage) => void;
}

export interface MessageActionsProps {
  handle: ChatHandle;
  screen: ChatScreen;
  my_id: string;
  ref: Ref<MessageActionsApi>;
  /** The text of a discarded message goes back to the composer. */
  onRestore: (text: string) => void;
  /** The composer is to answer or to change a message. */
  onPurpose: (purpose: Purpose) => void;
  onDone: () => void;
}

interface Reacting {
  message: TimelineMessage;
  place: MenuPlace;
  is_full: boolean;
}

/** What can be done with a message: its menu, and the questions and answers that follow. */
export function MessageActions({ handle, screen, my_id, ref, onRestore, onPurpose, onDone }: MessageActionsProps) {
  const { t } = useTranslation();
  const [menu, setMenu] = useState<{ message: TimelineMessage; place: MenuPlace } | undefined>(undefined);
  const [doomed, setDoomed] = useState<TimelineMessage | undefined>(undefined);
  const [shown, setShown] = useState<TimelineMessage | undefined>(undefined);

  const [reacting, setReacting] = useState<Reacting | undefined>(undefined);
  const [forwarded, setForwarded] = useState<TimelineMessage | undefined>(undefined);
  const [traced, setTraced] = useState<TimelineMessage | undefined>(undefined);

  const failed = (thrown: unknown): void => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");

  function actionsOf(message: TimelineMessage, place: MenuPlace): Action[] {
    const { seq, client_msg_id: id, state } = message;
    const isText = message.kind === "text";
    const able = abilitiesOf(message, screen, Date.now());
    const actions: (Action | false)[] = [
      state === "failed" &&
        id !== undefined && {
          id: "retry",
          label: t("message.retry"),
          icon: <RotateCw />,
          run: () => void handle.retry(id).catch(failed),
        },
      able.can_reply && {
        id: "reply",
        label: t("message.reply"),
        icon: <Reply className="icon-directional" />,
        keys: KEYS.reply,
        run: () => onPurpose({ kind: "reply", message }),
      },
      able.can_edit && {
        id: "edit",
        label: t("message.edit"),
        icon: <Pencil />,
        keys: KEYS.edit,
        run: () => onPurpose({ kind: "edit", message }),
      },
      able.can_react && {
        id: "react",
        label: t("message.react"),
        icon: <SmilePlus />,
        keys: KEYS.react,
        run: () => setReacting({ message, place, is_full: false }),
      },
      isText && {
        id: "copy",
        label: t("message.copy"),
        icon: <Copy />,
        keys: KEYS.copy,
        run: () => void copy(message),
      },
      able.can_pin && {
        id: "pin",
        label: t(message.is_pinned ? "message.unpin" : "message.pin"),
        icon: message.is_pinned ? <PinOff /> : <Pin />,
        keys: KEYS.pin,
        run: () => {
          if (seq !== undefined) handle.setPin(seq, !message.is_pinned).catch(failed);
        },
      },
      isText &&
        message.message_id !== undefined && {
          id: "forward",
          label: t("message.forward"),
          icon: <Forward className="icon-directional" />,
          keys: KEYS.forward,
          run: () => setForwarded(message),
        },
      seq !== undefined &&
        isText &&
        (message.is_own || (message.reactions?.length ?? 0) > 0) && {
          id: "info",
          label: t("message.info"),
          icon: <Info />,
          run: () => setShown(message),
        },
      isText &&
        message.edited_at !== undefined && {
          id: "history",
          label: t("message.history"),
          icon: <History />,
          run: () => setTraced(message),
        },
      seq === undefined &&
        id !== undefined &&
        (state === "failed" || state === "waiting") && {
          id: "discard",
          label: t("message.discard"),
          icon: <Undo2 />,
          is_danger: true,
          run: () => void discard(id),
        },
      able.can_hide && {
        id: "hide",
        label: t("message.hide"),
        icon: <EyeOff />,
        is_danger: true,
        ...(able.can_delete ? {} : { keys: KEYS.delete }),
        run: () => void hide(message),
      },
      able.can_delete && {
        id: "delete",
        label: t("message.delete"),
        icon: <Trash2 />,
        is_danger: true,
        keys: KEYS.delete,
        run: () => setDoomed(message),
      },
    ];
    return actions.filter((action) => action !== false);
  }

  async function hide({ seq }: TimelineMessage): Promise<void> {
    if (seq === undefined) return;
    try {
      await handle.hide([seq], true);
      showToast(t("message.hide_done"), "plain", {
        label: t("action.undo"),
        run: () => void handle.hide([seq], false).catch(failed),
      });
      onDone();
    } catch (thrown) {
      failed(thrown);
    }
  }

  function setReaction({ seq }: TimelineMessage, emoji: string, isSet: boolean): void {
    if (seq !== undefined) handle.setReaction(seq, emoji, isSet).catch(failed);
  }

  async function copy(message: TimelineMessage): Promise<void> {
    try {
      await navigator.clipboard.writeText(message.text ?? "");
      showToast(t("message.copied"));
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
      const find = (wanted: string): Action | undefined => actions.find((action) => action.id === wanted);
      // What cannot be deleted for everyone is deleted for the person.
      (find(id) ?? (id === "delete" ? find("hide") : undefined))?.run();
    },
    setReaction,
    showHistory: setTraced,
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
      {forwarded !== undefined && <ForwardDialog message={forwarded} onClose={() => setForwarded(undefined)} />}
      {traced !== undefined && <EditHistory message={traced} handle={handle} onClose={() => setTraced(undefined)} />}
      <ConfirmDialog
        title={t("message.delete_title")}
        hint={t("message.delete_hint")}
        confirm={t("message.delete")}
        is_open={doomed !== undefined}
        onClose={() => setDoomed(undefined)}
        onConfirm={() => {
          if (doomed?.seq !== undefined) handle.deleteMessage(doomed.seq).catch(failed);
        }}
        onClosed={onDone}
      />
      {shown !== undefined && (
        <MessageInfo message={shown} screen={screen} my_id={my_id} onClose={() => setShown(undefined)} />
      )}
    </>
  );
}
