import { useState } from "react";
import { Form } from "react-aria-components/Form";
import { useTranslation } from "react-i18next";
import type { Self } from "../../../src/protocol/user.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { faultWords } from "../fault-words.ts";
import { useParley } from "../parley-context.tsx";
import { showToast } from "../toasts.ts";

/** As the wire has it for a status text. */
const STATUS_CHARS = 140;

/** Who one is, and the line that others see beneath the name. */
export function ProfilePage({ me }: { me: Self }) {
  const { t } = useTranslation();
  const client = useParley();
  const [text, setText] = useState(me.status_message);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);

  async function save(): Promise<void> {
    setBusy(true);
    setProblem(undefined);
    try {
      await client.setStatusMessage(text.trim());
      showToast(t("settings.saved"));
    } catch (thrown) {
      setProblem(faultWords(t, thrown));
    }
    setBusy(false);
  }

  return (
    <>
      <div className="settings-who">
        <Avatar id={me.user_id} name={me.display_name} size="large" />
        <div>
          <p dir="auto">{me.display_name}</p>
          <span dir="ltr">
            @{me.username} · {me.email}
          </span>
        </div>
      </div>
      <Form
        className="settings-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field
          label={t("settings.status_text")}
          hint={t("settings.status_hint")}
          value={text}
          onChange={setText}
          maxLength={STATUS_CHARS}
          error={problem}
        />
        <Button type="submit" look="primary" isPending={isBusy} isDisabled={text.trim() === me.status_message}>
          {t("action.save")}
        </Button>
      </Form>
    </>
  );
}
