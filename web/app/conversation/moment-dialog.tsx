import {
  type CalendarDateTime,
  getLocalTimeZone,
  now,
  parseAbsolute,
  toCalendarDateTime,
} from "@internationalized/date";
import { CalendarDays, ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { Calendar, CalendarCell, CalendarGrid } from "react-aria-components/Calendar";
import { DateInput, DateSegment } from "react-aria-components/DateField";
import { DatePicker } from "react-aria-components/DatePicker";
import { Dialog as AriaDialog } from "react-aria-components/Dialog";
import { Group } from "react-aria-components/Group";
import { Heading } from "react-aria-components/Heading";
import { Label } from "react-aria-components/Label";
import { Popover } from "react-aria-components/Popover";
import { useTranslation } from "react-i18next";
import { SCHEDULE_DAYS } from "../../../src/protocol/limits.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { useFormats } from "../formats-context.tsx";
import { usualMoments } from "./later.ts";
import "./moment-dialog.css";

export interface MomentDialogProps {
  title: string;
  confirm: string;
  /** What it stands at first, in epoch milliseconds; an hour from now without it. */
  at?: number | undefined;
  onChoose: (at: number) => void;
  onClose: () => void;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const momentOf = (at: number): CalendarDateTime =>
  toCalendarDateTime(parseAbsolute(new Date(at).toISOString(), getLocalTimeZone())).set({ second: 0, millisecond: 0 });

/** Chooses a moment ahead: one of the usual, or any day and time. Opens on demand: calendars are heavy. */
export function MomentDialog({ title, confirm, at, onChoose, onClose }: MomentDialogProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [value, setValue] = useState(() => momentOf(at ?? Date.now() + HOUR));
  const zone = getLocalTimeZone();
  const chosen = value.toDate(zone).getTime();
  const isPast = chosen <= Date.now();
  const isFar = chosen > Date.now() + SCHEDULE_DAYS * DAY;
  const choose = (moment: number): void => {
    onClose();
    onChoose(moment);
  };
  return (
    <Dialog title={title} is_open onClose={onClose}>
      <div className="dialog-body moment">
        <ul className="moment-usual" aria-label={t("later.usual")}>
          {usualMoments(t, formats, Date.now()).map((moment) => (
            <li key={moment.id}>
              <Button onPress={() => choose(moment.at)}>
                <span>{moment.label}</span>
              </Button>
            </li>
          ))}
        </ul>
        <DatePicker
          className="moment-field"
          value={value}
          onChange={(next) => {
            if (next !== null) setValue(next);
          }}
          granularity="minute"
          minValue={toCalendarDateTime(now(zone))}
          hideTimeZone
          shouldForceLeadingZeros
        >
          <Label className="field-label">{t("later.at")}</Label>
          <Group className="moment-box">
            <DateInput className="moment-input">
              {(segment) => <DateSegment segment={segment} className="moment-segment" />}
            </DateInput>
            <AriaButton className="icon-button" aria-label={t("later.calendar")}>
              <CalendarDays />
            </AriaButton>
          </Group>
          <Popover className="moment-popover">
            <AriaDialog aria-label={t("later.calendar")}>
              <Calendar className="calendar">
                <header>
                  <AriaButton slot="previous" className="icon-button">
                    <ChevronLeft className="icon-directional" />
                  </AriaButton>
                  <Heading />
                  <AriaButton slot="next" className="icon-button">
                    <ChevronRight className="icon-directional" />
                  </AriaButton>
                </header>
                <CalendarGrid weekdayStyle="short">
                  {(date) => <CalendarCell date={date} className="calendar-cell" />}
                </CalendarGrid>
              </Calendar>
            </AriaDialog>
          </Popover>
        </DatePicker>
        <p className="field-error" role="alert">
          {isPast ? t("later.past") : isFar ? t("later.far") : ""}
        </p>
        <div className="dialog-foot">
          <Button look="primary" isDisabled={isPast || isFar} onPress={() => choose(chosen)}>
            {confirm}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
