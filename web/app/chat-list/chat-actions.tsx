import {
  Archive,
  ArchiveRestore,
  Bell,
  BellOff,
  CheckCheck,
  CircleDot,
  Eraser,
  Pin,
  PinOff,
  Trash2,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { InboxLine, ParleyClient } from "../../sync/client.ts";
import type { Action } from "../../ui/action-menu.tsx";
import { faultWords } from "../fault-words.ts";
import { useParley } from "../parley-context.tsx";
import { askClearing } from "../people/people-dialogs.ts";
import { showToast } from "../toasts.ts";
import { isMuted, isWaiting, MUTES } from "./chat-state.ts";
import { useTitleOf } from "./chat-title.ts";
import { markChatRead } from "./mark-read.ts";

/** What a person can do with a chat for themselves alone, wherever it is offered: its row, its header, the palette. */
export function useChatActions(my_id: string): (line: InboxLine) => Action[] {
  const { t } = useTranslation();
  const client = useParley();
  const titleOf = useTitleOf(my_id);

  const setState = (line: InboxLine, state: Parameters<ParleyClient["setChatState"]>[1]): void => {
    client
      .setChatState(line.chat_id, state)
      .catch((thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"));
  };

  function setArchived(line: InboxLine, isArchived: boolean): void {
    setState(line, { is_archived: isArchived });
    if (isArchived)
      showToast(t("chats.archive_done", { name: titleOf(line) }), "plain", {
        label: t("action.undo"),
        run: () => setState(line, { is_archived: false }),
      });
  }

  function markRead(line: InboxLine): void {
    if (line.is_marked_unread) setState(line, { is_marked_unread: false });
    if (line.unread > 0) markChatRead(client, line.chat_id);
  }

  const clearing = (line: InboxLine, isUnlisted: boolean): void =>
    askClearing({ chat_id: line.chat_id, name: titleOf(line), seq: line.head_seq, is_unlisted: isUnlisted });

  return (line) => [
    isWaiting(line)
      ? { id: "read", label: t("chats.mark_read"), icon: <CheckCheck />, run: () => markRead(line) }
      : {
          id: "unread",
          label: t("chats.mark_unread"),
          icon: <CircleDot />,
          run: () => setState(line, { is_marked_unread: true }),
        },
    {
      id: "pin",
      label: t(line.is_pinned ? "chats.unpin" : "chats.pin"),
      icon: line.is_pinned ? <PinOff /> : <Pin />,
      run: () => setState(line, { is_pinned: !line.is_pinned }),
    },
    isMuted(line, Date.now())
      ? { id: "unmute", label: t("chats.unmute"), icon: <Bell />, run: () => setState(line, { muted_until: null }) }
      : {
          id: "mute",
          label: t("chats.mute"),
          icon: <BellOff />,
          run: () => undefined,
          choices: MUTES.map(({ id, label, until }) => ({
            id,
            label: t(label),
            run: () => setState(line, { muted_until: until(Date.now()) }),
          })),
        },
    {
      id: "archive",
      label: t(line.is_archived ? "chats.unarchive" : "chats.archive"),
      icon: line.is_archived ? <ArchiveRestore /> : <Archive />,
      run: () => setArchived(line, !line.is_archived),
    },
    ...(line.head_seq > (line.cleared_seq ?? 0)
      ? [
          {
            id: "clear",
            label: t("chats.clear"),
            icon: <Eraser aria-hidden="true" />,
            run: () => clearing(line, false),
          },
        ]
      : []),
    // A group is left instead: then it is gone, too.
    ...(line.chat_type === "direct"
      ? [
          {
            id: "delete",
            label: t("chats.delete"),
            icon: <Trash2 aria-hidden="true" />,
            is_danger: true,
            run: () => clearing(line, true),
          },
        ]
      : []),
  ];
}
