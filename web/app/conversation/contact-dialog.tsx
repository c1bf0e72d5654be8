import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ContactContent } from "../../../src/protocol/content.ts";
import { Button } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { useKnownPeople } from "../new-chat/known-people.ts";
import { PeoplePicker } from "../new-chat/people-picker.tsx";
import "./made-dialog.css";

/** Sends somebody's card: a person of this server, or one whose name and ways are typed. */
export function ContactDialog({ onMade, onClose }: { onMade: (card: ContactContent) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const known = useKnownPeople();
  const [kind, setKind] = useState<"person" | "typed">("person");
  const [name, setName] = useState("");
  const [phone, setPhone] = useState("");
  const [email, setEmail] = useState("");
  const [isTried, setTried] = useState(false);

  const typed = {
    name,
    ...(phone.trim() === "" ? {} : { phone: phone.trim() }),
    ...(email.trim() === "" ? {} : { email: email.trim() }),
  };
  const isWrong = (field: "phone" | "email"): boolean =>
    isTried && typed[field] !== undefined && !ContactContent.shape[field].safeParse(typed[field]).success;

  function make(): void {
    setTried(true);
    const made = ContactContent.safeParse(typed);
    if (!made.success) return;
    onMade(made.data);
    onClose();
  }

  return (
    <Dialog title={t("contact.title")} is_open onClose={onClose}>
      <form
        className="dialog-body made"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          make();
        }}
      >
        <Choice
          label={t("contact.kind")}
          value={kind}
          options={[
            { id: "person", label: t("contact.person") },
            { id: "typed", label: t("contact.typed") },
          ]}
          onChange={setKind}
        />
        {kind === "person" ? (
          <div className="made-people">
            <PeoplePicker
              suggestions={known}
              excluded={new Set()}
              onChosen={([person]) => {
                if (person === undefined) return;
                onMade({ name: person.display_name, user_id: person.user_id });
                onClose();
              }}
            />
          </div>
        ) : (
          <>
            <Field
              label={t("contact.name")}
              value={name}
              onChange={setName}
              maxLength={120}
              autoFocus
              error={isTried && name.trim() === "" ? t("contact.no_name") : undefined}
            />
            <Field
              label={t("contact.phone")}
              type="tel"
              value={phone}
              onChange={setPhone}
              error={isWrong("phone") ? t("contact.bad_phone") : undefined}
            />
            <Field
              label={t("auth.email")}
              type="email"
              value={email}
              onChange={setEmail}
              error={isWrong("email") ? t("auth.bad_email") : undefined}
            />
            <div className="dialog-foot">
              <Button look="primary" type="submit">
                {t("contact.send")}
              </Button>
            </div>
          </>
        )}
      </form>
    </Dialog>
  );
}
