import { useState } from "react";
import { Form } from "react-aria-components/Form";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Select } from "../../ui/select.tsx";
import { useTimerWords } from "./timers.ts";

const UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400, weeks: 604_800 } as const;
type Unit = keyof typeof UNITS;

export interface DurationDialogProps {
  title: string;
  /** In seconds, both included. */
  min: number;
  max: number;
  onChosen: (seconds: number) => void;
  onClose: () => void;
}

/** Asks for a length of time of the person's own. */
export function DurationDialog({ title, min, max, onChosen, onClose }: DurationDialogProps) {
  const { t } = useTranslation();
  const timerWords = useTimerWords();
  const [count, setCount] = useState("2");
  const [unit, setUnit] = useState<Unit>("days");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  return (
    <Dialog title={title} is_open onClose={onClose}>
      <Form
        className="dialog-body details-dialog"
        onSubmit={(event) => {
          event.preventDefault();
          const seconds = Math.round(Number(count) * UNITS[unit]);
          if (!(seconds >= min && seconds <= max)) {
            setProblem(t("chat_settings.custom_range", { min: timerWords(min), max: timerWords(max) }));
            return;
          }
          onChosen(seconds);
          onClose();
        }}
      >
        <Field
          label={t("chat_settings.custom_count")}
          type="number"
          value={count}
          onChange={(value) => {
            setCount(value);
            setProblem(undefined);
          }}
          error={problem}
          autoFocus
        />
        <Select
          look="field"
          label={t("chat_settings.custom_unit")}
          value={unit}
          options={(Object.keys(UNITS) as Unit[]).map((id) => ({ id, label: t(`chat_settings.unit_${id}`) }))}
          onChange={setUnit}
        />
        <div className="details-form-actions">
          <Button onPress={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" look="primary">
            {t("action.save")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
