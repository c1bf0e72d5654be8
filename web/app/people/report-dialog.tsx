import { useRef, useState } from "react";
import { Form } from "react-aria-components/Form";
import { Radio, RadioGroup } from "react-aria-components/RadioGroup";
import { Text } from "react-aria-components/Text";
import { useTranslation } from "react-i18next";
import { ReportReason } from "../../../src/protocol/people-routes.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import "../details/details-pane.css";
import { Field } from "../../ui/field.tsx";
import { faultWords } from "../fault-words.ts";
import { useParley } from "../parley-context.tsx";
import { showToast } from "../toasts.ts";
import "./block-dialog.css";
import type { ReportSubject } from "./people-dialogs.ts";

type Reason = (typeof ReportReason.options)[number];
const COMMENT_CHARS = 1_000;

const idsOf = (subject: ReportSubject): { user_id: string } | { message_id: string } | { chat_id: string } => {
  switch (subject.kind) {
    case "user":
      return { user_id: subject.user_id };
    case "message":
      return { message_id: subject.message_id };
    case "chat":
      return { chat_id: subject.chat_id };
  }
};

/** Reports a person, a message or a chat to the administrators. */
export function ReportDialog({ subject, onClose }: { subject: ReportSubject; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useParley();
  const [reason, setReason] = useState<Reason | undefined>(undefined);
  const [comment, setComment] = useState("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isMissing, setMissing] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const reasons = useRef<HTMLDivElement>(null);

  async function send(): Promise<void> {
    if (reason === undefined) {
      setMissing(true);
      reasons.current?.querySelector("input")?.focus();
      return;
    }
    setBusy(true);
    setProblem(undefined);
    try {
      await client.server.ask("report", { body: { ...idsOf(subject), reason, comment: comment.trim() } });
      onClose();
      showToast(t("report.done"));
    } catch (thrown) {
      setBusy(false);
      setProblem(faultWords(t, thrown));
    }
  }

  return (
    <Dialog title={t(`report.title_${subject.kind}`, { name: subject.name })} is_open onClose={onClose}>
      <Form
        className="dialog-body block-body"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p className="page-hint">{t(subject.kind === "message" ? "report.hint_message" : "report.hint")}</p>
        <RadioGroup
          ref={reasons}
          className="report-reasons"
          aria-label={t("report.reason")}
          value={reason ?? null}
          validationBehavior="aria"
          isInvalid={isMissing}
          onChange={(value) => {
            setReason(ReportReason.options.find((one) => one === value));
            setMissing(false);
          }}
        >
          {ReportReason.options.map((one) => (
            <Radio key={one} value={one} className="report-reason">
              {t(`report.reason_${one}`)}
            </Radio>
          ))}
          {isMissing && (
            <Text slot="errorMessage" className="field-error">
              {t("report.reason_missing")}
            </Text>
          )}
        </RadioGroup>
        <Field label={t("report.comment")} value={comment} onChange={setComment} maxLength={COMMENT_CHARS} rows={3} />
        {problem !== undefined && (
          <p className="field-error" role="alert">
            {problem}
          </p>
        )}
        <div className="details-form-actions">
          <Button onPress={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" look="danger" isPending={isBusy}>
            {t("report.confirm")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
