import { useState } from "react";
import { Form } from "react-aria-components/Form";
import { useTranslation } from "react-i18next";
import { NAME_CHARS } from "../../../src/protocol/limits.ts";
import type { Self } from "../../../src/protocol/user.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { faultWords } from "../fault-words.ts";
import { useParley } from "../parley-context.tsx";
import { liveStatus } from "../people/custom-status-line.tsx";
import { useOwnPresence } from "../people/own-presence.ts";
import { askStatus } from "../people/people-dialogs.ts";
import { showToast } from "../toasts.ts";

/** As the wire has it for a status text. */
const STATUS_CHARS = 140;
const FIELDS = ["display_name", "first_name", "last_name", "status_message"] as const;
type FieldName = (typeof FIELDS)[number];

/** Who one is to others: names, the lasting line beneath them, and the status of the moment. */
export function ProfilePage({ me }: { me: Self }) {
  const { t } = useTranslation();
  const client = useParley();
  const [values, setValues] = useState<Record<FieldName, string>>({
    display_name: me.display_name,
    first_name: me.first_name,
    last_name: me.last_name,
    status_message: me.status_message,
  });
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const set = (name: FieldName) => (value: string) => setValues((old) => ({ ...old, [name]: value }));
  const isNameless = values.display_name.trim() === "";
  const changed = FIELDS.filter((name) => values[name].trim() !== me[name]);

  async function save(): Promise<void> {
    if (isNameless || changed.length === 0) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const body = Object.fromEntries(changed.map((name) => [name, values[name].trim()]));
      await client.server.ask("updateMe", { body });
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
      <OwnStatus />
      <Form
        className="settings-form"
        validationBehavior="aria"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field
          label={t("auth.display_name")}
          hint={t("auth.display_name_hint")}
          autoComplete="name"
          value={values.display_name}
          onChange={set("display_name")}
          maxLength={NAME_CHARS}
          error={isNameless ? t("profile.name_missing") : undefined}
        />
        <div className="settings-names">
          <Field
            label={t("profile.first_name")}
            autoComplete="given-name"
            value={values.first_name}
            onChange={set("first_name")}
            maxLength={NAME_CHARS}
          />
          <Field
            label={t("profile.last_name")}
            autoComplete="family-name"
            value={values.last_name}
            onChange={set("last_name")}
            maxLength={NAME_CHARS}
          />
        </div>
        <Field
          label={t("settings.status_text")}
          hint={t("settings.status_hint")}
          value={values.status_message}
          onChange={set("status_message")}
          maxLength={STATUS_CHARS}
          error={problem}
        />
        <Button type="submit" look="primary" isPending={isBusy} isDisabled={isNameless || changed.length === 0}>
          {t("action.save")}
        </Button>
      </Form>
    </>
  );
}

/** What the person says just now, and the way to change it. */
function OwnStatus() {
  const { t } = useTranslation();
  const { presence } = useOwnPresence();
  const custom = liveStatus(presence?.custom_status, Date.now());
  const state = presence?.state === "do_not_disturb" ? "do_not_disturb" : (presence?.status ?? "online");
  return (
    <div className="settings-row">
      <h3>{t("status.title")}</h3>
      <Button className="settings-status" onPress={askStatus}>
        <span className="status-dot" data-status={state} aria-hidden="true" />
        <span>{t(state === "offline" ? "presence.offline" : `status.${state}`)}</span>
        {custom !== undefined && (
          <span className="ellipsis" dir="auto">
            {custom.emoji} {custom.text}
          </span>
        )}
      </Button>
    </div>
  );
}
