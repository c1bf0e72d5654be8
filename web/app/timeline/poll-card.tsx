import { Check, Lock } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PollPicture } from "../../sync/client.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { useFormats, useNow } from "../formats-context.tsx";
import "./poll-card.css";
import { useRowVerbs } from "./row-verbs.ts";

const FACES = 3;

/**
 * A poll in its bubble: pressing an option chooses it, pressing it again takes that back. Bars move as people vote. One that
 * has ended shows how it came out: there is nothing to press.
 */
export function PollCard({
  row_key,
  poll,
  is_active,
  can_vote,
}: {
  row_key: string;
  poll: PollPicture;
  is_active: boolean;
  can_vote: boolean;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const verbs = useRowVerbs();
  const now = useNow(30_000);
  const isClosed = poll.is_closed || (poll.closes_at !== undefined && poll.closes_at <= now);
  const closedAt = poll.closed_at ?? poll.closes_at;
  const own = poll.options.filter((option) => option.is_own).map((option) => option.option_id);
  const most = Math.max(1, ...poll.options.map((option) => option.count));
  const kind = t(
    isClosed ? "poll.final" : poll.is_anonymous ? "poll.anonymous" : poll.is_multiple ? "poll.multiple" : "poll.open",
  );

  function choose(id: number): void {
    const isOwn = own.includes(id);
    if (poll.is_multiple) verbs.vote(row_key, isOwn ? own.filter((one) => one !== id) : [...own, id]);
    else verbs.vote(row_key, isOwn ? [] : [id]);
  }

  return (
    <section className="poll" aria-label={t("kind.poll_of", { question: poll.question })}>
      <p className="poll-question" dir="auto">
        {poll.question}
      </p>
      <p className="poll-kind">
        {isClosed && <Lock aria-hidden="true" />}
        {kind}
        {!isClosed && poll.is_anonymous && poll.is_multiple && ` · ${t("poll.multiple")}`}
      </p>
      <ul>
        {poll.options.map((option) => {
          const share = poll.voter_count === 0 ? 0 : option.count / poll.voter_count;
          const standing = (
            <>
              <span className="poll-text" dir="auto">
                {option.text}
              </span>
              {isClosed && option.is_own && (
                <span className="poll-own">
                  <Check role="img" aria-label={t("poll.own")} />
                </span>
              )}
              <span className="poll-faces" aria-hidden="true">
                {option.user_ids.slice(0, FACES).map((id) => (
                  <Avatar key={id} id={id} name={verbs.nameOf(id)} size="tiny" />
                ))}
              </span>
              <span className="poll-share tabular">{formats.percent(share)}</span>
              <span className="visually-hidden">{t("poll.voters", { count: option.count })}</span>
              <span className="poll-bar" aria-hidden="true">
                <span style={{ "--share": share }} />
              </span>
            </>
          );
          if (isClosed)
            return (
              <li
                key={option.option_id}
                className="poll-option"
                data-over=""
                data-leading={option.count === most || undefined}
              >
                {standing}
              </li>
            );
          return (
            <li key={option.option_id}>
              <button
                type="button"
                className="poll-option"
                tabIndex={is_active ? 0 : -1}
                aria-pressed={option.is_own}
                aria-disabled={!can_vote}
                onClick={() => {
                  if (can_vote) choose(option.option_id);
                }}
              >
                <span className="poll-mark" data-many={poll.is_multiple || undefined} aria-hidden="true">
                  {option.is_own && <Check />}
                </span>
                {standing}
              </button>
            </li>
          );
        })}
      </ul>
      <p className="poll-foot tabular">
        {poll.is_anonymous || poll.voter_count === 0 ? (
          <span>{t("poll.voters", { count: poll.voter_count })}</span>
        ) : (
          <button
            type="button"
            className="poll-voters"
            tabIndex={is_active ? 0 : -1}
            aria-haspopup="dialog"
            onClick={() => verbs.showVotes(row_key)}
          >
            {t("poll.voters", { count: poll.voter_count })}
          </button>
        )}
        {isClosed && closedAt !== undefined && <span>{t("poll.closed", { when: formats.full(closedAt) })}</span>}
        {!isClosed && poll.closes_at !== undefined && (
          <span>{t("poll.closes", { when: formats.full(poll.closes_at) })}</span>
        )}
      </p>
    </section>
  );
}
