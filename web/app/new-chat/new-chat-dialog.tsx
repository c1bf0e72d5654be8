import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Person } from "../../../src/protocol/chat.ts";
import { CHAT_NAME_CHARS } from "../../../src/protocol/limits.ts";
import { Button } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { faultWords } from "../fault-words.ts";
import { useParley } from "../parley-context.tsx";
import { chatRoute, navigate } from "../route.ts";
import { useKnownPeople } from "./known-people.ts";
import "./new-chat-dialog.css";
import { PeoplePicker } from "./people-picker.tsx";

export interface NewChatDialogProps {
  my_id: string;
  starts_with: "person" | "group";
  onClose: () => void;
}

/** A person to write to, or a group with its name and people. */
export function NewChatDialog({ my_id, starts_with, onClose }: NewChatDialogProps) {
  const { t } = useTranslation();
  const client = useParley();
  const known = useKnownPeople();
  const [kind, setKind] = useState(starts_with);
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<readonly Person[]>([]);
  const [problem, setProblem] = useState<{ name?: string; form?: string }>({});
  const [isBusy, setBusy] = useState(false);
  const mine = useMemo(() => new Set([my_id]), [my_id]);

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

  function createGroup(): void {
    if (name.trim() === "") {
      setProblem({ name: t("new_chat.group_name_missing") });
      document.querySelector<HTMLElement>(".new-chat-name input")?.focus();
      return;
    }
    open(
      client.createGroup(
        name.trim(),
        chosen.map((person) => person.user_id),
      ),
    );
  }

  return (
    <Dialog title={t("new_chat.title")} is_open onClose={onClose}>
      <div className="new-chat-kind">
        <Choice
          label={t("new_chat.title")}
          value={kind}
          onChange={setKind}
          options={[
            { id: "person", label: t("new_chat.person") },
            { id: "group", label: t("new_chat.group") },
          ]}
        />
      </div>
      {kind === "group" && (
        <div className="new-chat-name">
          <Field
            label={t("new_chat.group_name")}
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
      <PeoplePicker
        key={kind}
        has_focus={kind === "person"}
        suggestions={known}
        excluded={mine}
        {...(kind === "group" ? { chosen } : {})}
        onChosen={(people) => {
          if (kind === "group") setChosen(people);
          else if (people[0] !== undefined && !isBusy) open(client.startDirect(people[0].user_id));
        }}
      />
      {problem.form !== undefined && (
        <p className="new-chat-problem" role="alert">
          {problem.form}
        </p>
      )}
      {kind === "group" && (
        <div className="new-chat-foot">
          <span>{t("new_chat.chosen", { count: chosen.length })}</span>
          <Button look="primary" isPending={isBusy} onPress={createGroup}>
            {t("new_chat.create_group")}
          </Button>
        </div>
      )}
    </Dialog>
  );
}
