import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatScreen, TimelineMessage } from "../../sync/client.ts";
import { useFormats } from "../formats-context.tsx";
import { noticeWords } from "../notice-words.ts";
import { MessageRow, NameRow } from "./message-row.tsx";
import type { Row } from "./rows.ts";

interface RowViewProps {
  row: Row;
  screen: ChatScreen;
  my_id: string;
  has_avatar: boolean;
  is_active: boolean;
  is_fresh: boolean;
  is_target: boolean;
  can_reply: boolean;
  can_react: boolean;
  is_selected: boolean | undefined;
}

/** One row of the timeline, whatever it is. */
export function RowView({ row, screen, my_id, ...rest }: RowViewProps) {
  const { t } = useTranslation();
  switch (row.type) {
    case "message":
      return <MessageRow row={row} {...rest} />;
    case "name":
      return <NameRow user_id={row.user_id} name={row.name} />;
    case "day":
      return <DayChip at={row.at} />;
    case "unread":
      return <p className="timeline-unread">{t("conversation.new")}</p>;
    case "notice":
      return <Notice message={row.message} screen={screen} my_id={my_id} />;
    case "older":
    case "newer":
      return (
        <div className="timeline-more">
          <span className="timeline-spinner" role="img" aria-label={t("conversation.older")} />
        </div>
      );
  }
}

function DayChip({ at }: { at: number }) {
  const formats = useFormats();
  return (
    <div className="timeline-day">
      <span className="chip">{formats.day(at)}</span>
    </div>
  );
}

/** The day of what is at the top, while its own chip is out of sight. Decoration: the chips say it to all. */
export function StickyDay({ at }: { at: number | undefined }) {
  const formats = useFormats();
  const [shown, setShown] = useState(at);
  useEffect(() => {
    if (at !== undefined) setShown(at);
  }, [at]);
  return (
    <div className="timeline-sticky" data-shown={at !== undefined || undefined} aria-hidden="true">
      {shown !== undefined && <span className="chip">{formats.day(at ?? shown)}</span>}
    </div>
  );
}

function Notice({ message, screen, my_id }: { message: TimelineMessage; screen: ChatScreen; my_id: string }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const nameOf = (id: string): string | undefined =>
    screen.members.find((member) => member.user_id === id)?.display_name ??
    (id === message.sender_id && message.sender_name !== "" ? message.sender_name : undefined);
  const words =
    message.kind === "hidden" || message.notice === undefined
      ? t("message.hidden")
      : noticeWords(message.notice, { t, formats, my_id, nameOf });
  return (
    <div className="timeline-notice">
      <span className="chip" title={formats.full(message.created_at)}>
        {words}
      </span>
    </div>
  );
}
