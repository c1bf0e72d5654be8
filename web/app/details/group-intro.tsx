import { Pencil } from "lucide-react";
import { useState } from "react";
import { Form } from "react-aria-components/Form";
import { useTranslation } from "react-i18next";
import type { Chat } from "../../../src/protocol/chat.ts";
import { CHAT_NAME_CHARS, DESCRIPTION_CHARS } from "../../../src/protocol/limits.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { useParley } from "../parley-context.tsx";

/** Name and description of a group, and the form that changes them. */
export function GroupIntro({
  chat,
  can_edit,
  recipients,
}: {
  chat: Chat;
  can_edit: boolean;
  /** Of a broadcast list: how many get what is written. */
  recipients?: number | undefined;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [isEditing, setEditing] = useState(false);
  if (isEditing) return <GroupForm chat={chat} onDone={() => setEditing(false)} />;
  return (
    <div className="details-intro">
      <Avatar id={chat.chat_id} name={chat.name} size="large" is_group />
      <div className="details-name">
        <h3 dir="auto">{chat.name}</h3>
        {can_edit && (
          <IconButton label={t("details.edit")} onPress={() => setEditing(true)}>
            <Pencil />
          </IconButton>
        )}
      </div>
      <p className="details-quiet">
        {recipients === undefined
          ? t("join.members", { count: chat.member_count, shown: formats.number(chat.member_count) })
          : t("kinds.recipient_count", { count: recipients, shown: formats.number(recipients) })}
      </p>
      {chat.description !== "" && (
        <p className="details-description" dir="auto">
          {chat.description}
        </p>
      )}
    </div>
  );
}

function GroupForm({ chat, onDone }: { chat: Chat; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useParley();
  const [name, setName] = useState(chat.name);
  const [description, setDescription] = useState(chat.description);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const isNameless = name.trim() === "";

  async function save(): Promise<void> {
    if (isNameless) return;
    setBusy(true);
    setProblem(undefined);
    try {
      if (name.trim() !== chat.name) await client.renameChat(chat.chat_id, name.trim());
      if (description.trim() !== chat.description) await client.describeChat(chat.chat_id, description.trim());
      onDone();
    } catch (thrown) {
      setBusy(false);
      setProblem(faultWords(t, thrown));
    }
  }

  return (
    <Form
      className="details-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field
        label={t("details.name")}
        value={name}
        onChange={setName}
        maxLength={CHAT_NAME_CHARS}
        error={isNameless ? t("new_chat.group_name_missing") : undefined}
        autoFocus
      />
      <Field
        label={t("details.description")}
        value={description}
        onChange={setDescription}
        maxLength={DESCRIPTION_CHARS}
        rows={3}
        error={problem}
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
