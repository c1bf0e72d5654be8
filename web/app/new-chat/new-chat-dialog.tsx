import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Person } from "../../../src/protocol/chat.ts";
import { BROADCAST_RECIPIENTS, CHAT_NAME_CHARS, DESCRIPTION_CHARS } from "../../../src/protocol/limits.ts";
import { Button } from "../../ui/button.tsx";
import { Choice, Switch } from "../../ui/choice.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { faultWords } from "../fault-words.ts";
import { useParley } from "../parley-context.tsx";
import { chatRoute, navigate } from "../route.ts";
import { useKnownPeople } from "./known-people.ts";
import "./new-chat-dialog.css";
import { PeoplePicker } from "./people-picker.tsx";

const KINDS = ["person", "group", "channel", "broadcast"] as const;
export type NewChatKind = (typeof KINDS)[number];

export interface NewChatDialogProps {
  my_id: string;
  starts_with: NewChatKind;
  onClose: () => void;
}

/** A person to write to, or a group, channel or broadcast list to make; each says what it is. */
export function NewChatDialog({ my_id, starts_with, onClose }: NewChatDialogProps) {
  const { t } = useTranslation();
  const client = useParley();
  const known = useKnownPeople();
  const [kind, setKind] = useState<NewChatKind>(starts_with);
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [isPublic, setPublic] = useState(false);
  const [chosen, setChosen] = useState<readonly Person[]>([]);
  const [problem, setProblem] = useState<{ name?: string; form?: string }>({});
  const [isBusy, setBusy] = useState(false);
  const mine = useMemo(() => new Set([my_id]), [my_id]);
  const hasPeople = kind !== "channel";
  const isMany = kind === "group" || kind === "broadcast";

  function open(made: Promise<string>): void {
    setBusy(true);
    setProblem({});
    made.then(
      (chatId) => {
        onClose();
        navigate(chatRoute(chatId));
      },
      (thrown: unknown) => {
        setBusy(false);
        setProblem({ form: faultWords(t, thrown) });
      },
    );
  }

  function create(): void {
    if (name.trim() === "") {
      setProblem({ name: t(kind === "group" ? "new_chat.group_name_missing" : "kinds.name_missing") });
      document.querySelector<HTMLElement>(".new-chat-name input")?.focus();
      return;
    }
    const ids = chosen.map((person) => person.user_id);
    if (kind === "group") open(client.createGroup(name.trim(), ids));
    else if (kind === "channel")
      open(client.createChannel(name.trim(), description.trim(), isPublic ? { is_public: true } : {}));
    else if (ids.length === 0) setProblem({ form: t("kinds.recipients_missing") });
    else open(client.createBroadcast(name.trim(), ids));
  }

  const nameLabel =
    kind === "channel" ? "kinds.channel_name" : kind === "broadcast" ? "kinds.broadcast_name" : "new_chat.group_name";
  const createLabel =
    kind === "channel"
      ? "kinds.create_channel"
      : kind === "broadcast"
        ? "kinds.create_broadcast"
        : "new_chat.create_group";
  return (
    <Dialog title={t("new_chat.title")} is_open onClose={onClose}>
      <div className="new-chat-kind">
        <Choice
          look="chips"
          label={t("new_chat.title")}
          value={kind}
          onChange={(next) => {
            setKind(next);
            setProblem({});
          }}
          options={KINDS.map((id) => ({ id, label: t(`kinds.${id}`) }))}
        />
        <p className="new-chat-hint">{t(`kinds.${kind}_hint`)}</p>
      </div>
      {kind !== "person" && (
        <div className="new-chat-name">
          <Field
            key={kind}
            label={t(nameLabel)}
            value={name}
            onChange={(value) => {
              setName(value);
              setProblem({});
            }}
            maxLength={CHAT_NAME_CHARS}
            error={problem.name}
            autoFocus
          />
        </div>
      )}
      {kind === "channel" && (
        <div className="new-chat-channel">
          <Field
            label={t("kinds.description")}
            value={description}
            onChange={setDescription}
            maxLength={DESCRIPTION_CHARS}
            rows={3}
          />
          <Switch
            label={t("chat_settings.is_public")}
            hint={t("chat_settings.is_public_hint")}
            is_on={isPublic}
            onChange={setPublic}
          />
        </div>
      )}
      {hasPeople && (
        <PeoplePicker
          key={kind}
          has_focus={kind === "person"}
          suggestions={known}
          excluded={mine}
          {...(isMany ? { chosen } : {})}
          onChosen={(people) => {
            if (isMany) setChosen(kind === "broadcast" ? people.slice(0, BROADCAST_RECIPIENTS) : people);
            else if (people[0] !== undefined && !isBusy) open(client.startDirect(people[0].user_id));
          }}
        />
      )}
      {problem.form !== undefined && (
        <p className="new-chat-problem" role="alert">
          {problem.form}
        </p>
      )}
      {kind !== "person" && (
        <div className="new-chat-foot">
          <span>{isMany && t("new_chat.chosen", { count: chosen.length })}</span>
          <Button look="primary" isPending={isBusy} onPress={create}>
            {t(createLabel)}
          </Button>
        </div>
      )}
    </Dialog>
  );
}
