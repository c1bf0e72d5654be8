import {
  Ban,
  Contact,
  Crown,
  EllipsisVertical,
  MessageCircle,
  Shield,
  UserRoundMinus,
  UserRoundPlus,
} from "lucide-react";
import { useMemo, useState } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import { can, canAssign, outranks, rank } from "../../../src/domain/rights.ts";
import type { Member } from "../../../src/protocol/chat.ts";
import { ROLES, type Role } from "../../../src/protocol/role.ts";
import type { ChatScreen } from "../../sync/client.ts";
import { type Action, ActionMenuButton } from "../../ui/action-menu.tsx";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/dialog.tsx";
import { SearchField } from "../../ui/field.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { PresenceDot } from "../chat-list/chat-row.tsx";
import { fold } from "../chat-list/filter.ts";
import { faultWords } from "../fault-words.ts";
import { useParley } from "../parley-context.tsx";
import { useNameOf } from "../people/people-book.ts";
import { showPerson } from "../people/people-dialogs.ts";
import { chatRoute, navigate } from "../route.ts";
import { showToast } from "../toasts.ts";
import { BanDialog } from "./ban-dialog.tsx";

/** From this many members on, a box to search them. */
const SEARCH_FROM = 10;

export interface MemberListProps {
  screen: ChatScreen;
  my_id: string;
  onAdd: (() => void) | undefined;
}

/** The members, strongest role first, each with what the reader may do about them. */
export function MemberList({ screen, my_id, onAdd }: MemberListProps) {
  const { t, i18n } = useTranslation();
  const client = useParley();
  const [query, setQuery] = useState("");
  const [question, setQuestion] = useState<{ kind: "remove" | "hand_over" | "ban"; member: Member } | undefined>(
    undefined,
  );
  const nameOf = useNameOf();
  const present = useMemo(() => {
    const order = new Intl.Collator(i18n.language).compare;
    return screen.members
      .filter((member) => member.removed_at === undefined)
      .sort((a, b) => rank(a.role) - rank(b.role) || order(a.display_name, b.display_name));
  }, [screen.members, i18n.language]);
  const wanted = fold(query.trim());
  const shown =
    wanted === ""
      ? present
      : present.filter(
          (member) =>
            fold(member.display_name).includes(wanted) ||
            fold(nameOf(member.user_id, "")).includes(wanted) ||
            fold(member.username).includes(wanted),
        );
  const { chat, me } = screen;
  if (chat === undefined || me === undefined) return null;
  const isList = chat.chat_type === "broadcast";

  const attempt = (work: Promise<unknown>): void => {
    work.catch((thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"));
  };

  function actionsOf(member: Member): Action[] {
    if (chat === undefined || me === undefined || member.user_id === my_id) return [];
    const actions: Action[] = [
      {
        id: "show",
        label: t("person.show"),
        icon: <Contact />,
        run: () => showPerson(member, chat.chat_id),
      },
      {
        id: "write",
        label: t("details.write"),
        icon: <MessageCircle />,
        run: () => attempt(client.startDirect(member.user_id).then((chatId) => navigate(chatRoute(chatId)))),
      },
    ];
    const assign = (role: Role): Action =>
      role === "owner"
        ? {
            id: role,
            label: t("details.make_owner", { name: member.display_name }),
            icon: <Crown />,
            run: () => setQuestion({ kind: "hand_over", member }),
          }
        : {
            id: role,
            label: t(`details.make_${role}`),
            icon: <Shield />,
            run: () => attempt(client.setRole(chat.chat_id, member.user_id, role)),
          };
    for (const role of ROLES)
      if (role !== member.role && canAssign(chat.chat_type, me.role, member.role, role)) actions.push(assign(role));
    if (can(chat.chat_type, me.role, "remove_members") && outranks(me.role, member.role))
      actions.push({
        id: "remove",
        label: t(isList ? "kinds.remove_recipient" : "details.remove"),
        icon: <UserRoundMinus />,
        is_danger: true,
        run: () => setQuestion({ kind: "remove", member }),
      });
    if (can(chat.chat_type, me.role, "ban_members") && outranks(me.role, member.role))
      actions.push({
        id: "ban",
        label: t("bans.action"),
        icon: <Ban />,
        is_danger: true,
        run: () => setQuestion({ kind: "ban", member }),
      });
    return actions;
  }

  const named = question?.member.display_name ?? "";
  return (
    <section className="details-members">
      <div className="details-members-head">
        <h3>{t(isList ? "kinds.recipients" : "details.members")}</h3>
        {onAdd !== undefined && (
          <Button look="quiet" onPress={onAdd}>
            <UserRoundPlus />
            {t("details.add_people")}
          </Button>
        )}
      </div>
      {present.length >= SEARCH_FROM && (
        <SearchField
          label={t("details.search_members")}
          placeholder={t("details.search_members")}
          value={query}
          onChange={setQuery}
        />
      )}
      <ul>
        {shown.map((member) => {
          const actions = actionsOf(member);
          return (
            <li className="member" key={member.user_id}>
              <AriaButton className="member-who" onPress={() => showPerson(member, chat.chat_id)}>
                <span className="chat-avatar">
                  <Avatar id={member.user_id} name={nameOf(member.user_id, member.display_name)} size="small" />
                  {member.user_id !== my_id && <PresenceDot user_id={member.user_id} chat_id={chat.chat_id} />}
                </span>
                <span className="person-words">
                  <OneLine className="person-name">{nameOf(member.user_id, member.display_name)}</OneLine>
                  <OneLine className="person-detail">
                    {member.user_id === my_id ? t("details.you") : `@${member.username}`}
                  </OneLine>
                </span>
              </AriaButton>
              {member.role !== "member" && (
                <span className="member-role" data-role={member.role}>
                  {t(`details.role_${member.role}`)}
                </span>
              )}
              {actions.length > 0 && (
                <ActionMenuButton
                  className="member-menu"
                  label={t("details.member_menu", { name: member.display_name })}
                  icon={<EllipsisVertical />}
                  actions={actions}
                />
              )}
            </li>
          );
        })}
      </ul>
      <ConfirmDialog
        is_open={question?.kind === "remove"}
        title={t("details.remove_title", { name: named })}
        hint={t(isList ? "kinds.remove_recipient_hint" : "details.remove_hint", { name: named })}
        confirm={t(isList ? "kinds.remove_recipient" : "details.remove")}
        onClose={() => setQuestion(undefined)}
        onConfirm={() => question !== undefined && attempt(client.removeMember(chat.chat_id, question.member.user_id))}
      />
      {question?.kind === "ban" && (
        <BanDialog chat_id={chat.chat_id} person={question.member} onClose={() => setQuestion(undefined)} />
      )}
      <ConfirmDialog
        is_open={question?.kind === "hand_over"}
        title={t("details.owner_title", { chat: chat.name, name: named })}
        hint={t("details.owner_hint", { name: named })}
        confirm={t("details.owner_confirm")}
        onClose={() => setQuestion(undefined)}
        onConfirm={() =>
          question !== undefined && attempt(client.setRole(chat.chat_id, question.member.user_id, "owner"))
        }
      />
    </section>
  );
}
