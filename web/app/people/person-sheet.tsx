import { Ban, Check, Flag, Link2, MessageCircle, Pencil, UserRoundMinus, UserRoundPlus, X } from "lucide-react";
import { useState } from "react";
import { Form } from "react-aria-components/Form";
import { useTranslation } from "react-i18next";
import type { Person } from "../../../src/protocol/chat.ts";
import { NAME_CHARS } from "../../../src/protocol/limits.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { useAnswer } from "../answer.ts";
import { PresenceWords } from "../conversation/conversation-header.tsx";
import { faultWords } from "../fault-words.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { chatRoute, navigate } from "../route.ts";
import { showToast, type ToastAction } from "../toasts.ts";
import { CustomStatusLine } from "./custom-status-line.tsx";
import { usePeople } from "./people-book.ts";
import { askBlock, askReport } from "./people-dialogs.ts";
import "../details/details-pane.css";
import "./person-sheet.css";

export interface PersonSheetProps {
  person: Person;
  my_id: string;
  chat_id: string | undefined;
  onClose: () => void;
}

/** Who somebody is, and what can be done about them. */
export function PersonSheet({ person, my_id, chat_id, onClose }: PersonSheetProps) {
  const { t } = useTranslation();
  const client = useParley();
  const { lines } = useReadable(client.inbox);
  const { contacts, names } = usePeople();
  // Offline, and where nothing may be known, the name at hand is enough.
  const { answer } = useAnswer(person.user_id, () => client.profile(person.user_id));
  const profile = answer.data;
  const shared = chat_id ?? lines.find((line) => line.peer?.user_id === person.user_id)?.chat_id;
  const contact = contacts.find((one) => one.person.user_id === person.user_id);
  const own = profile?.display_name ?? person.display_name;
  const name = names.get(person.user_id) ?? own;
  const fullName = [profile?.first_name, profile?.last_name].filter(Boolean).join(" ");
  const isMe = person.user_id === my_id;
  const known = { ...person, display_name: own };

  return (
    <Dialog title={t("person.title")} is_open onClose={onClose}>
      <div className="dialog-body person-sheet">
        <div className="person-head">
          <Avatar id={person.user_id} name={name} size="large" />
          <h3 dir="auto">{name}</h3>
          {name !== own && <p className="page-hint">{t("person.own_name", { name: own })}</p>}
          <p className="page-hint">
            {isMe
              ? t("details.you")
              : shared !== undefined && <PresenceWords user_id={person.user_id} chat_id={shared} is_long />}
          </p>
          {shared !== undefined && !isMe && <CustomStatusLine user_id={person.user_id} chat_id={shared} />}
        </div>
        {!isMe && <SheetActions person={known} name={name} contact_name={contact?.contact_name} onWrite={onClose} />}
        <dl className="details-facts">
          <div>
            <dt>{t("details.username")}</dt>
            <dd>
              <bdi dir="ltr">@{person.username}</bdi>
            </dd>
          </div>
          {fullName !== "" && fullName !== own && (
            <div>
              <dt>{t("person.full_name")}</dt>
              <dd>
                <bdi>{fullName}</bdi>
              </dd>
            </div>
          )}
          {profile !== undefined && profile.status_message !== "" && (
            <div>
              <dt>{t("details.status")}</dt>
              <dd>
                <bdi>{profile.status_message}</bdi>
              </dd>
            </div>
          )}
          {contact?.is_mutual && (
            <div>
              <dt>{t("people.contacts")}</dt>
              <dd>{t("person.mutual")}</dd>
            </div>
          )}
        </dl>
      </div>
    </Dialog>
  );
}

export interface SheetActionsProps {
  person: Person;
  /** What the reader calls them. */
  name: string;
  contact_name: string | undefined;
  /** Offers to write to them, and runs when the chat is there. */
  onWrite?: () => void;
}

/** Everything that can be done about a person. */
export function SheetActions({ person, name, contact_name, onWrite }: SheetActionsProps) {
  const { t } = useTranslation();
  const client = useParley();
  const { contacts, requests, blocked, book } = usePeople();
  const [isNaming, setNaming] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const isContact = contacts.some((one) => one.person.user_id === person.user_id);
  const isBlocked = blocked.some((one) => one.user_id === person.user_id);
  const request = requests.find((one) => one.person.user_id === person.user_id);

  /** Says what came of it; `done` undefined where the sheet itself shows it. */
  function attempt(work: Promise<unknown>, done?: string, ...undo: ToastAction[]): void {
    setBusy(true);
    work
      .then(
        () => done !== undefined && showToast(done, "plain", ...undo),
        (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
      )
      .finally(() => setBusy(false));
  }

  function write(): void {
    attempt(
      client.startDirect(person.user_id).then((chatId) => {
        onWrite?.();
        navigate(chatRoute(chatId));
      }),
    );
  }

  /** The name that the person gave them comes back, too. */
  function drop(): void {
    attempt(book.drop(person.user_id), t("person.dropped", { name }), {
      label: t("action.undo"),
      run: () => attempt(book.keep(person.user_id, contact_name ?? null)),
    });
  }

  function copyLink(): void {
    navigator.clipboard.writeText(`${location.origin}/people/${person.user_id}`).then(
      () => showToast(t("person.link_copied")),
      () => showToast(t("errors.unexpected"), "danger"),
    );
  }

  if (isNaming) return <NameForm person={person} contact_name={contact_name} onDone={() => setNaming(false)} />;
  return (
    <>
      {request?.direction === "incoming" && (
        <section className="person-request" aria-label={t("people.requests")}>
          <p>{t("person.asks", { name })}</p>
          {request.message !== "" && <blockquote dir="auto">{request.message}</blockquote>}
          <div className="person-request-actions">
            <Button
              look="primary"
              isDisabled={isBusy}
              onPress={() => attempt(book.answer(person.user_id, true), t("people.accepted", { name }))}
            >
              <Check aria-hidden="true" />
              {t("people.accept")}
            </Button>
            <Button isDisabled={isBusy} onPress={() => attempt(book.answer(person.user_id, false))}>
              <X aria-hidden="true" />
              {t("people.decline")}
            </Button>
          </div>
        </section>
      )}
      <div className="person-actions">
        {onWrite !== undefined && (
          <Button look="primary" isDisabled={isBusy} onPress={write}>
            <MessageCircle aria-hidden="true" />
            {t("details.write")}
          </Button>
        )}
        {isContact ? (
          <Button onPress={() => setNaming(true)}>
            <Pencil aria-hidden="true" />
            {t("person.rename")}
          </Button>
        ) : (
          <Button
            isDisabled={isBusy}
            onPress={() => attempt(book.keep(person.user_id, null), t("person.kept", { name }))}
          >
            <UserRoundPlus aria-hidden="true" />
            {t("person.keep")}
          </Button>
        )}
      </div>
      <div className="person-more">
        {request === undefined && !isContact && (
          <Button
            look="quiet"
            isDisabled={isBusy}
            onPress={() => attempt(book.request(person, ""), t("people.asked", { name }))}
          >
            <UserRoundPlus aria-hidden="true" />
            {t("people.ask")}
          </Button>
        )}
        {request?.direction === "outgoing" && (
          <Button look="quiet" isDisabled={isBusy} onPress={() => attempt(book.withdraw(person.user_id))}>
            <X aria-hidden="true" />
            {t("people.withdraw")}
          </Button>
        )}
        <Button look="quiet" onPress={copyLink}>
          <Link2 aria-hidden="true" />
          {t("person.copy_link")}
        </Button>
        {isContact && (
          <Button look="danger-quiet" isDisabled={isBusy} onPress={drop}>
            <UserRoundMinus aria-hidden="true" />
            {t("person.drop")}
          </Button>
        )}
        <Button
          look="danger-quiet"
          isDisabled={isBusy}
          onPress={() =>
            isBlocked
              ? attempt(book.setBlocked(person, false), t("block.undone", { name }))
              : askBlock({ ...person, display_name: name })
          }
        >
          <Ban aria-hidden="true" />
          {t(isBlocked ? "block.undo" : "block.confirm")}
        </Button>
        <Button look="danger-quiet" onPress={() => askReport({ kind: "user", user_id: person.user_id, name })}>
          <Flag aria-hidden="true" />
          {t("report.action")}
        </Button>
      </div>
    </>
  );
}

/** The name that the reader gives to a contact; empty takes it back. */
function NameForm({
  person,
  contact_name,
  onDone,
}: {
  person: Person;
  contact_name: string | undefined;
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const { book } = usePeople();
  const [name, setName] = useState(contact_name ?? "");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  async function save(): Promise<void> {
    setBusy(true);
    try {
      await book.keep(person.user_id, name.trim() === "" ? null : name.trim());
      onDone();
    } catch (thrown) {
      setBusy(false);
      setProblem(faultWords(t, thrown));
    }
  }
  return (
    <Form
      className="person-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field
        label={t("person.name_label")}
        hint={t("person.name_hint", { name: person.display_name })}
        value={name}
        onChange={setName}
        maxLength={NAME_CHARS}
        error={problem}
        autoFocus
      />
      <div className="details-form-actions">
        <Button onPress={onDone}>{t("action.cancel")}</Button>
        <Button type="submit" look="primary" isPending={isBusy}>
          {t("action.save")}
        </Button>
      </div>
    </Form>
  );
}
