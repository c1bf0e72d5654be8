import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Person } from "../../../src/protocol/chat.ts";
import { Button } from "../../ui/button.tsx";
import { Switch } from "../../ui/choice.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import "../details/details-pane.css";
import { faultWords } from "../fault-words.ts";
import { useParley } from "../parley-context.tsx";
import { showToast } from "../toasts.ts";
import "./block-dialog.css";
import { bookOf } from "./people-book.ts";

/** Says what blocking does before it does it, and may report in the same step. */
export function BlockDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useParley();
  const book = bookOf(client);
  const [isReported, setReported] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const name = person.display_name;

  async function block(): Promise<void> {
    setBusy(true);
    setProblem(undefined);
    try {
      await book.setBlocked(person, true);
      if (isReported)
        await client.server.ask("report", { body: { user_id: person.user_id, reason: "other", comment: "" } });
      onClose();
      showToast(t("block.done", { name }), "plain", {
        label: t("action.undo"),
        run: () =>
          void book
            .setBlocked(person, false)
            .catch((thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger")),
      });
    } catch (thrown) {
      setBusy(false);
      setProblem(faultWords(t, thrown));
    }
  }

  return (
    <Dialog title={t("block.title", { name })} is_open onClose={onClose}>
      <div className="dialog-body block-body">
        <ul className="block-effects">
          <li>{t("block.effect_write")}</li>
          <li>{t("block.effect_presence")}</li>
          <li>{t("block.effect_silent", { name })}</li>
        </ul>
        <Switch label={t("block.report_too")} is_on={isReported} onChange={setReported} />
        {problem !== undefined && (
          <p className="page-problem" role="alert">
            {problem}
          </p>
        )}
        <div className="details-form-actions">
          <Button onPress={onClose} autoFocus>
            {t("action.cancel")}
          </Button>
          <Button look="danger" isPending={isBusy} onPress={() => void block()}>
            {t("block.confirm")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
