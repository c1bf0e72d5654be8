import { Smile, X } from "lucide-react";
import { Suspense, useState } from "react";
import { DialogTrigger, Dialog as PopoverDialog } from "react-aria-components/Dialog";
import { Form } from "react-aria-components/Form";
import { Popover } from "react-aria-components/Popover";
import { Radio, RadioGroup } from "react-aria-components/RadioGroup";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import "../details/details-pane.css";
import { Field } from "../../ui/field.tsx";
import { Select } from "../../ui/select.tsx";
import { faultWords } from "../fault-words.ts";
import { EmojiPicker } from "../screens.ts";
import { showToast } from "../toasts.ts";
import { type OwnPresence, useOwnPresence } from "./own-presence.ts";
import "./status-dialog.css";

const TEXT_CHARS = 100;
const MINUTE = 60_000;

const endOfDay = (now: number): number => {
  const date = new Date(now);
  date.setHours(23, 59, 59, 0);
  return date.getTime();
};
const endOfWeek = (now: number): number => {
  const date = new Date(now);
  date.setDate(date.getDate() + ((7 - date.getDay()) % 7));
  return endOfDay(date.getTime());
};

/** How long a status holds; undefined is until it is changed. */
const SPANS = {
  never: () => undefined,
  half_hour: (now: number) => now + 30 * MINUTE,
  hour: (now: number) => now + 60 * MINUTE,
  four_hours: (now: number) => now + 240 * MINUTE,
  today: endOfDay,
  week: endOfWeek,
} as const satisfies Record<string, (now: number) => number | undefined>;
type Span = keyof typeof SPANS;
const SPAN_IDS = Object.keys(SPANS) as Span[];

const PRESETS: readonly { id: "meeting" | "focus" | "commuting" | "sick" | "holiday"; emoji: string; span: Span }[] = [
  { id: "meeting", emoji: "🗓️", span: "hour" },
  { id: "focus", emoji: "🎧", span: "four_hours" },
  { id: "commuting", emoji: "🚲", span: "half_hour" },
  { id: "sick", emoji: "🤒", span: "today" },
  { id: "holiday", emoji: "🌴", span: "never" },
];

const STATES = ["online", "away", "busy", "do_not_disturb"] as const;
type State = (typeof STATES)[number];

const stateOf = (presence: OwnPresence | undefined): State =>
  presence?.state === "do_not_disturb" || presence?.state === "busy" || presence?.state === "away"
    ? presence.state
    : "online";

/** What one says of oneself: whether one is there, and an emoji and a line for a while. */
export function StatusDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { presence, say } = useOwnPresence();
  const [state, setState] = useState<State>(stateOf(presence));
  const [stateSpan, setStateSpan] = useState<Span>("never");
  const [emoji, setEmoji] = useState(presence?.custom_status?.emoji);
  const [text, setText] = useState(presence?.custom_status?.text ?? "");
  const [span, setSpan] = useState<Span | "kept">(presence?.custom_status?.expires_at === undefined ? "never" : "kept");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const hasStatus = emoji !== undefined || text.trim() !== "";

  async function save(): Promise<void> {
    setBusy(true);
    setProblem(undefined);
    const now = Date.now();
    const until = (chosen: Span): string | undefined => {
      const at = SPANS[chosen](now);
      return at === undefined ? undefined : new Date(at).toISOString();
    };
    const expires_at = span === "kept" ? presence?.custom_status?.expires_at : until(span);
    const hasChanged = state !== stateOf(presence) || stateSpan !== "never";
    try {
      await say({
        ...(hasChanged ? { status: state } : {}),
        ...(hasChanged && state !== "online" ? { status_expires_at: until(stateSpan) ?? null } : {}),
        custom_status: hasStatus
          ? {
              text: text.trim(),
              ...(emoji === undefined ? {} : { emoji }),
              ...(expires_at === undefined ? {} : { expires_at }),
            }
          : null,
      });
      onClose();
      showToast(t("status.saved"));
    } catch (thrown) {
      setBusy(false);
      setProblem(faultWords(t, thrown));
    }
  }

  const spans = SPAN_IDS.map((id) => ({ id, label: t(`status.span_${id}`) }));
  return (
    <Dialog title={t("status.title")} is_open onClose={onClose}>
      <Form
        className="dialog-body status-body"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <RadioGroup
          className="status-states"
          aria-label={t("status.presence")}
          value={state}
          onChange={(value) => setState(STATES.find((one) => one === value) ?? "online")}
        >
          {STATES.map((one) => (
            <Radio key={one} value={one} className="status-state">
              <span className="status-dot" data-status={one} aria-hidden="true" />
              <span className="status-state-words">
                {t(`status.${one}`)}
                <small>{t(`status.${one}_hint`)}</small>
              </span>
            </Radio>
          ))}
        </RadioGroup>
        {state !== "online" && (
          <Select label={t("status.state_ends")} value={stateSpan} options={spans} onChange={setStateSpan} />
        )}
        <fieldset className="status-custom">
          <legend>{t("status.custom")}</legend>
          <div className="status-line">
            <DialogTrigger>
              <IconButton label={t("status.emoji")} className="status-emoji-button">
                {emoji === undefined ? <Smile /> : <span className="status-emoji">{emoji}</span>}
              </IconButton>
              <Popover className="emoji-popover" placement="bottom start">
                <PopoverDialog aria-label={t("status.emoji")}>
                  {({ close }) => (
                    <Suspense fallback={<div className="emoji-wait">{t("emoji.loading")}</div>}>
                      <EmojiPicker
                        onPick={(picked) => {
                          setEmoji(picked);
                          close();
                        }}
                      />
                    </Suspense>
                  )}
                </PopoverDialog>
              </Popover>
            </DialogTrigger>
            <Field label={t("status.text")} value={text} onChange={setText} maxLength={TEXT_CHARS} />
            {hasStatus && (
              <IconButton
                label={t("status.clear")}
                onPress={() => {
                  setEmoji(undefined);
                  setText("");
                  setSpan("never");
                }}
              >
                <X />
              </IconButton>
            )}
          </div>
          <ul className="status-presets" aria-label={t("status.suggestions")}>
            {PRESETS.map((preset) => (
              <li key={preset.id}>
                <Button
                  className="status-preset"
                  onPress={() => {
                    setEmoji(preset.emoji);
                    setText(t(`status.preset_${preset.id}`));
                    setSpan(preset.span);
                  }}
                >
                  <span aria-hidden="true">{preset.emoji}</span>
                  {t(`status.preset_${preset.id}`)}
                </Button>
              </li>
            ))}
          </ul>
          {hasStatus && (
            <Select
              label={t("status.ends")}
              value={span}
              options={[
                ...(presence?.custom_status?.expires_at === undefined
                  ? []
                  : [{ id: "kept" as const, label: t("status.span_kept") }]),
                ...spans,
              ]}
              onChange={setSpan}
            />
          )}
        </fieldset>
        {problem !== undefined && (
          <p className="page-problem" role="alert">
            {problem}
          </p>
        )}
        <div className="details-form-actions">
          <Button onPress={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" look="primary" isPending={isBusy}>
            {t("action.save")}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
