import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatHandle, TimelineMessage } from "../../sync/client.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { PersonRow } from "../chat-list/search-results.tsx";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import "./message-info.css";

type Votes = Awaited<ReturnType<ChatHandle["votes"]>>;

/** Who chose what in a poll; asked of the server when it is opened. */
export function VotesDialog({
  handle,
  message,
  onClose,
}: {
  handle: ChatHandle;
  message: TimelineMessage;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [votes, setVotes] = useState<Votes | undefined>(undefined);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const { seq, poll } = message;
  useEffect(() => {
    let isGone = false;
    if (seq !== undefined)
      handle.votes(seq).then(
        (loaded) => {
          if (!isGone) setVotes(loaded);
        },
        (thrown: unknown) => {
          if (!isGone) setTrouble(t("update.failed", { reason: faultWords(t, thrown) }));
        },
      );
    return () => {
      isGone = true;
    };
  }, [handle, seq, t]);
  return (
    <Dialog title={t("poll.votes")} is_open onClose={onClose}>
      <div className="dialog-body message-info">
        <blockquote className="message-info-text" dir="auto">
          {poll?.question}
        </blockquote>
        {trouble !== undefined && <p role="alert">{trouble}</p>}
        {trouble === undefined && votes === undefined && <ListSkeleton />}
        {votes?.voters?.map(({ option_id, people }) =>
          people.length === 0 ? null : (
            <section key={option_id}>
              <h3 dir="auto">
                {poll?.options.find((option) => option.option_id === option_id)?.text} · {formats.number(people.length)}
              </h3>
              <ul>
                {people.map((person) => (
                  <li key={person.user_id}>
                    <PersonRow user_id={person.user_id} name={person.display_name} detail={`@${person.username}`} />
                  </li>
                ))}
              </ul>
            </section>
          ),
        )}
      </div>
    </Dialog>
  );
}
