import { Copy, Info, RotateCw, Trash2, Undo2 } from "lucide-react";
import { type Ref, useImperativeHandle, useState } from "react";
import { useTranslation } from "react-i18next";
import { can } from "../../../src/domain/rights.ts";
import type { ChatHandle, ChatScreen, TimelineMessage } from "../../sync/client.ts";
import { type Action, ContextMenu, type MenuPlace } from "../../ui/action-menu.tsx";
import { ConfirmDialog } from "../../ui/dialog.tsx";
import { faultWords } from "../fault-words.ts";
import { showToast } from "../toasts.ts";
import { MessageInfo } from "./message-info.tsx";

export interface MessageActionsApi {
  openMenu: (message: TimelineMessage, place: MenuPlace) => void;
  /** An action asked for by its key, if the message has it. */
  run: (message: TimelineMessage, id: "copy" | "delete") => void;
}

export interface MessageActionsProps {
  handle: ChatHandle;
  screen: ChatScreen;
  my_id: string;
  ref: Ref<MessageActionsApi>;
  /** The text of a discarded message goes back to the composer. */
  onRestore: (text: string) => void;
  onDone: () => void;
}

/** What can be done with a message: its menu, and the questions and answers that follow. */
export function MessageActions({ handle, screen, my_id, ref, onRestore, onDone }: MessageActionsProps) {
  const { t } = useTranslation();
  const [menu, setMenu] = useState<{ message: TimelineMessage; place: MenuPlace } | undefined>(undefined);
  const [doomed, setDoomed] = useState<TimelineMessage | undefined>(undefined);
  const [shown, setShown] = useState<TimelineMessage | undefined>(undefined);

  const failed = (thrown: unknown): void => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");

  function actionsOf(message: TimelineMessage): Action[] {
    const { seq, client_msg_id: id, state } = message;
    const isUnsent = seq === undefined;
    const isStaff =
      screen.chat !== undefined &&
      screen.me !== undefined &&
      can(screen.chat.chat_type, screen.me.role, "delete_others");
    const actions: Action[] = [];
    if (state === "failed" && id !== undefined)
      actions.push({
        id: "retry",
        label: t("message.retry"),
        icon: <RotateCw />,
        run: () => void handle.retry(id).catch(failed),
      });
    if (message.kind === "text")
      actions.push({ id: "copy", label: t("message.copy"), icon: <Copy />, keys: "C", run: () => void copy(message) });
    if (!isUnsent && message.is_own && message.kind === "text")
      actions.push({ id: "info", label: t("message.info"), icon: <Info />, run: () => setShown(message) });
    if (isUnsent && id !== undefined && (state === "failed" || state === "waiting"))
      actions.push({
        id: "discard",
        label: t("message.discard"),
        icon: <Undo2 />,
        is_danger: true,
        run: () => void discard(id),
      });
    if (!isUnsent && message.kind === "text" && (message.is_own || isStaff))
      actions.push({
        id: "delete",
        label: t("message.delete"),
        icon: <Trash2 />,
        is_danger: true,
        keys: "Del",
        run: () => setDoomed(message),
      });
    return actions;
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
      if (actionsOf(message).length > 0) setMenu({ message, place });
    },
    run: (message, id) =>
      actionsOf(message)
        .find((action) => action.id === id)
        ?.run(),
  }));

  return (
    <>
      {menu !== undefined && (
        <ContextMenu
          key={`${menu.message.key} ${menu.place.x} ${menu.place.y}`}
          label={t("message.menu")}
          place={menu.place}
          actions={actionsOf(menu.message)}
          onClose={() => setMenu(undefined)}
        />
      )}
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
