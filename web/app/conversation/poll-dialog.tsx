import { CalendarClock, Plus, X } from "lucide-react";
import { Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { PollContent } from "../../../src/protocol/content.ts";
import { POLL_OPTIONS, POLL_QUESTION_CHARS } from "../../../src/protocol/limits.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Switch } from "../../ui/choice.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { useFormats } from "../formats-context.tsx";
import { MomentDialog } from "./dialogs.ts";
import "./made-dialog.css";

interface Option {
  id: number;
  text: string;
}

/** Makes a poll. A new line for an option comes by itself. */
export function PollDialog({ onMade, onClose }: { onMade: (poll: PollContent) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [question, setQuestion] = useState("");
  const nextId = useRef(2);
  const [options, setOptions] = useState<readonly Option[]>([
    { id: 0, text: "" },
    { id: 1, text: "" },
  ]);
  const [isMultiple, setMultiple] = useState(false);
  const [isAnonymous, setAnonymous] = useState(false);
  const [closesAt, setClosesAt] = useState<number | undefined>(undefined);
  const [isChoosingEnd, setChoosingEnd] = useState(false);
  const [isTried, setTried] = useState(false);

  const texts = options.map((option) => option.text.trim()).filter((text) => text !== "");
  const hasTwins = new Set(texts).size < texts.length;
  const trouble = texts.length < 2 ? t("poll.too_few") : hasTwins ? t("poll.twins") : undefined;

  function write(id: number, text: string): void {
    const next = options.map((option) => (option.id === id ? { id, text } : option));
    const isFull = next.every((option) => option.text.trim() !== "");
    setOptions(isFull && next.length < POLL_OPTIONS ? [...next, { id: nextId.current++, text: "" }] : next);
  }

  function make(): void {
    setTried(true);
    const made = PollContent.safeParse({
      question,
      options: texts,
      ...(isMultiple ? { is_multiple: true } : {}),
      ...(isAnonymous ? { is_anonymous: true } : {}),
      ...(closesAt === undefined ? {} : { closes_at: new Date(closesAt).toISOString() }),
    });
    if (!made.success) return;
    onMade(made.data);
    onClose();
  }

  return (
    <Dialog title={t("poll.new")} is_open onClose={onClose}>
      <form
        className="dialog-body made"
        onSubmit={(event) => {
          event.preventDefault();
          make();
        }}
      >
        <Field
          label={t("poll.question")}
          value={question}
          onChange={setQuestion}
          maxLength={POLL_QUESTION_CHARS}
          autoFocus
          error={isTried && question.trim() === "" ? t("poll.no_question") : undefined}
        />
        <fieldset className="made-options">
          <legend className="field-label">{t("poll.options")}</legend>
          {options.map((option, i) => (
            <div key={option.id} className="made-option">
              <Field
                label={t("poll.option_number", { number: formats.number(i + 1) })}
                value={option.text}
                onChange={(text) => write(option.id, text)}
                maxLength={100}
              />
              {options.length > 2 && (
                <IconButton
                  label={t("poll.remove", { number: formats.number(i + 1) })}
                  onPress={() => setOptions(options.filter((one) => one !== option))}
                >
                  <X />
                </IconButton>
              )}
            </div>
          ))}
          {isTried && trouble !== undefined && (
            <p className="field-error" role="alert">
              {trouble}
            </p>
          )}
          {options.length < POLL_OPTIONS && (
            <Button look="quiet" onPress={() => setOptions([...options, { id: nextId.current++, text: "" }])}>
              <Plus />
              {t("poll.add")}
            </Button>
          )}
        </fieldset>
        <div>
          <Switch label={t("poll.several")} is_on={isMultiple} onChange={setMultiple} />
          <Switch label={t("poll.hidden")} hint={t("poll.hidden_hint")} is_on={isAnonymous} onChange={setAnonymous} />
        </div>
        <div className="made-end">
          <CalendarClock aria-hidden="true" />
          <span>{closesAt === undefined ? t("poll.no_end") : t("poll.closes", { when: formats.full(closesAt) })}</span>
          <Button look="quiet" onPress={() => (closesAt === undefined ? setChoosingEnd(true) : setClosesAt(undefined))}>
            {t(closesAt === undefined ? "poll.set_end" : "poll.clear_end")}
          </Button>
        </div>
        <div className="dialog-foot">
          <Button look="primary" type="submit">
            {t("poll.make")}
          </Button>
        </div>
      </form>
      {isChoosingEnd && (
        <Suspense fallback={null}>
          <MomentDialog
            title={t("poll.set_end")}
            confirm={t("action.save")}
            onChoose={setClosesAt}
            onClose={() => setChoosingEnd(false)}
          />
        </Suspense>
      )}
    </Dialog>
  );
}
