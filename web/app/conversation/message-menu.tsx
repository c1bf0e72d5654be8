import type { TFunction } from "i18next";
import {
  AlarmClock,
  BellPlus,
  Bookmark,
  CircleCheck,
  Copy,
  EyeOff,
  Flag,
  Forward,
  History,
  Info,
  Link2,
  ListChecks,
  MessagesSquare,
  Pencil,
  Pin,
  PinOff,
  Reply,
  RotateCw,
  SmilePlus,
  Trash2,
  Undo2,
  UsersRound,
} from "lucide-react";
import type { Formats } from "../../i18n/format.ts";
import type { ChatScreen, TimelineMessage } from "../../sync/client.ts";
import type { Action } from "../../ui/action-menu.tsx";
import { KEYS } from "../keys.ts";
import { isSaid } from "../message-words.ts";
import { usualMoments } from "./later.ts";
import { abilitiesOf } from "./message-abilities.ts";

/** What a menu of a message can lead to. */
export interface MessageVerbs {
  retry: () => void;
  discard: () => void;
  reply: () => void;
  openThread: () => void;
  edit: () => void;
  react: () => void;
  copy: () => void;
  copyLink: () => void;
  pin: () => void;
  forward: () => void;
  save: () => void;
  /** Without a moment: the person wants to choose one. */
  remind: (at: number | undefined) => void;
  select: () => void;
  showInfo: () => void;
  showHistory: () => void;
  showVotes: () => void;
  closePoll: () => void;
  report: () => void;
  hide: () => void;
  remove: () => void;
}

export interface MenuWorld {
  t: TFunction;
  formats: Formats;
  screen: ChatScreen;
  /** In a thread there is no thread of an answer. */
  is_thread: boolean;
}

/** The actions that a message offers, in the order of the menu. */
export function menuOf(
  message: TimelineMessage,
  verbs: MessageVerbs,
  { t, formats, screen, is_thread }: MenuWorld,
): Action[] {
  const { seq, client_msg_id: id, state } = message;
  const now = Date.now();
  const able = abilitiesOf(message, screen, now);
  const isThere = isSaid(message);
  const actions: (Action | false)[] = [
    state === "failed" &&
      id !== undefined && { id: "retry", label: t("message.retry"), icon: <RotateCw />, run: verbs.retry },
    able.can_reply && {
      id: "reply",
      label: t("message.reply"),
      icon: <Reply className="icon-directional" />,
      keys: KEYS.reply,
      run: verbs.reply,
    },
    able.can_thread &&
      !is_thread && {
        id: "thread",
        label: t(message.thread === undefined ? "thread.reply" : "thread.open"),
        icon: <MessagesSquare />,
        keys: KEYS.thread,
        run: verbs.openThread,
      },
    able.can_edit && { id: "edit", label: t("message.edit"), icon: <Pencil />, keys: KEYS.edit, run: verbs.edit },
    able.can_react && {
      id: "react",
      label: t("message.react"),
      icon: <SmilePlus />,
      keys: KEYS.react,
      run: verbs.react,
    },
    message.kind === "text" && {
      id: "copy",
      label: t("message.copy"),
      icon: <Copy />,
      keys: KEYS.copy,
      run: verbs.copy,
    },
    isThere &&
      seq !== undefined && {
        id: "link",
        label: t("message.copy_link"),
        icon: <Link2 />,
        keys: KEYS.copy_link,
        run: verbs.copyLink,
      },
    able.can_pin && {
      id: "pin",
      label: t(message.is_pinned ? "message.unpin" : "message.pin"),
      icon: message.is_pinned ? <PinOff /> : <Pin />,
      keys: KEYS.pin,
      run: verbs.pin,
    },
    able.can_forward && {
      id: "forward",
      label: t("message.forward"),
      icon: <Forward className="icon-directional" />,
      keys: KEYS.forward,
      run: verbs.forward,
    },
    able.can_forward && {
      id: "save",
      label: t("message.save"),
      icon: <Bookmark />,
      keys: KEYS.save,
      run: verbs.save,
    },
    able.can_remind && {
      id: "remind",
      label: t("remind.me"),
      icon: <BellPlus />,
      run: () => undefined,
      choices: [
        ...usualMoments(t, formats, now).map((moment) => ({
          id: moment.id,
          label: moment.label,
          icon: <AlarmClock />,
          run: () => verbs.remind(moment.at),
        })),
        { id: "pick", label: t("later.pick"), icon: <AlarmClock />, run: () => verbs.remind(undefined) },
      ],
    },
    message.poll !== undefined &&
      !message.poll.is_anonymous &&
      message.poll.voter_count > 0 && {
        id: "votes",
        label: t("poll.votes"),
        icon: <UsersRound />,
        run: verbs.showVotes,
      },
    able.can_close_poll && { id: "close_poll", label: t("poll.end"), icon: <CircleCheck />, run: verbs.closePoll },
    isThere && {
      id: "select",
      label: t("select.begin"),
      icon: <ListChecks />,
      keys: KEYS.select,
      run: verbs.select,
    },
    seq !== undefined &&
      isThere &&
      (message.is_own || (message.reactions?.length ?? 0) > 0) && {
        id: "info",
        label: t("message.info"),
        icon: <Info />,
        run: verbs.showInfo,
      },
    isThere &&
      message.edited_at !== undefined && {
        id: "history",
        label: t("message.history"),
        icon: <History />,
        run: verbs.showHistory,
      },
    isThere &&
      !message.is_own &&
      message.message_id !== undefined && {
        id: "report",
        label: t("message.report"),
        icon: <Flag />,
        run: verbs.report,
      },
    seq === undefined &&
      id !== undefined &&
      (state === "failed" || state === "waiting") && {
        id: "discard",
        label: t("message.discard"),
        icon: <Undo2 />,
        is_danger: true,
        run: verbs.discard,
      },
    able.can_hide && {
      id: "hide",
      label: t("message.hide"),
      icon: <EyeOff />,
      is_danger: true,
      ...(able.can_delete ? {} : { keys: KEYS.delete }),
      run: verbs.hide,
    },
    able.can_delete &&
      seq !== undefined && {
        id: "delete",
        label: t("message.delete"),
        icon: <Trash2 />,
        is_danger: true,
        keys: KEYS.delete,
        run: verbs.remove,
      },
  ];
  return actions.filter((action) => action !== false);
}
