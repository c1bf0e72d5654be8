import { useState } from "react";
import { Form } from "react-aria-components/Form";
import { useTranslation } from "react-i18next";
import type { Person } from "../../../src/protocol/chat.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Select } from "../../ui/select.tsx";
import { faultWords } from "../fault-words.ts";
import { useParley } from "../parley-context.tsx";
import { showToast } from "../toasts.ts";
import { useTimerWords } from "./timers.ts";

const REASON_CHARS = 300;
const LENGTHS = [3_600, 86_400, 604_800, 2_592_000] as const;
const FOREVER = "forever";

/** Removes somebody and keeps them out, for a time or for ever. */
export function BanDialog({ chat_id, person, onClose }: { chat_id: string; person: Person; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useParley();
  const timerWords = useTimerWords();
  const [reason, setReason] = useState("");
  const [length, setLength] = useState<string>(FOREVER);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const name = person.display_name;
  async function ban(): Promise<void> {
    setBusy(true);
    try {
      await client.server.ask("ban", {
        params: { id: chat_id },
        body: {
          user_id: person.user_id,
          reason: reason.trim(),
          ...(length === FOREVER ? {} : { ends_in_s: Number(length) }),
        },
      });
      onClose();
      showToast(t("bans.done", { name }));
    } catch (thrown) {
      setBusy(false);
      setProblem(faultWords(t, thrown));
    }
  }
  return (
    <Dialog title={t("bans.title", { name })} is_open onClose={onClose}>
      <Form
        className="dialog-body details-dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void ban();
        }}
      >
        <p className="details-quiet">{t("bans.hint", { name })}</p>
        <Select
          look="field"
          label={t("bans.length")}
          value={length}
          options={[
            { id: FOREVER, label: t("bans.forever") },
            ...LENGTHS.map((seconds) => ({ id: String(seconds), label: timerWords(seconds) })),
          ]}
          onChange={setLength}
        />
        <Field
          label={t("bans.reason")}
          hint={t("bans.reason_hint")}
          value={reason}
          onChange={setReason}
          maxLength={REASON_CHARS}
          error={problem}
        />
        <div className="details-form-actions">
          <Button onPress={onClose} autoFocus>
            {t("action.cancel")}
          </Button>
          <Button type="submit" look="danger" isPending={isBusy}>
            {t("bans.confirm")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
