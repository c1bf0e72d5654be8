import { CircleAlert, RotateCw, SearchCheck, X } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { excerpt } from "../../../src/domain/text.ts";
import type { ParleyClient, TimelineMessage } from "../../sync/client.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { isUnsent } from "../chat-list/chat-state.ts";
import { useTitleById } from "../chat-list/chat-title.ts";
import { dropFailure, dropFailures, type Failure, failures } from "../failures.ts";
import { errorWords, faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { jumpToMessage } from "../jump-request.ts";
import { messageWords } from "../message-words.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { chatRoute, navigate } from "../route.ts";
import { showToast } from "../toasts.ts";
import "./news-dialog.css";

const SHOWN_CHARS = 120;

/** What could not be done: messages that wait for their writer, and changes that the server refused. */
export function FailuresDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useParley();
  const { lines } = useReadable(client.inbox);
  const refused = useReadable(failures);
  const { failed } = useReadable(client.connection);
  // A chat's line says how its newest message stands: one that failed may lie before it.
  const waiting = failed === 0 ? [] : lines.filter(isUnsent);
  const titleOf = useTitleById();
  return (
    <Dialog title={t("failures.title")} is_open onClose={onClose}>
      <div className="dialog-body news">
        {failed === 0 && refused.length === 0 && (
          <EmptyState icon={<SearchCheck />} title={t("failures.none")} hint={t("failures.none_hint")} />
        )}
        {waiting.map((line) => (
          <Unsent
            key={line.chat_id}
            client={client}
            chat_id={line.chat_id}
            title={titleOf(line.chat_id)}
            onClose={onClose}
          />
        ))}
        {refused.length > 0 && (
          <section>
            <h3>{t("failures.refused")}</h3>
            <ul>
              {refused.map((failure) => (
                <RefusedLine key={failure.id} failure={failure} title={titleOf(failure.chat_id)} onClose={onClose} />
              ))}
            </ul>
            <Button look="quiet" onPress={dropFailures}>
              {t("failures.clear")}
            </Button>
          </section>
        )}
      </div>
    </Dialog>
  );
}

/** Messages of one chat that were given up; it is opened for as long as they are listed. */
function Unsent({
  client,
  chat_id,
  title,
  onClose,
}: {
  client: ParleyClient;
  chat_id: string;
  title: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const handle = useMemo(() => client.openChat(chat_id), [client, chat_id]);
  useEffect(() => () => handle.close(), [handle]);
  const { messages } = useReadable(handle.screen);
  const failed = messages.filter((one) => one.state === "failed");
  if (failed.length === 0) return null;
  const retry = (message: TimelineMessage): void => {
    if (message.client_msg_id === undefined) return;
    handle
      .retry(message.client_msg_id)
      .catch((thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"));
  };
  return (
    <section>
      <h3>
        <button
          type="button"
          onClick={() => {
            onClose();
            navigate(chatRoute(chat_id));
          }}
        >
          {t("failures.unsent", { name: title })}
        </button>
      </h3>
      <ul>
        {failed.map((message) => (
          <li key={message.key} className="news-line">
            <CircleAlert aria-hidden="true" />
            <span className="news-words">
              <OneLine>{excerpt(messageWords(t, message), SHOWN_CHARS)}</OneLine>
              <span className="news-detail">
                {message.error === undefined ? t("state.failed") : errorWords(t, message.error)}
              </span>
            </span>
            <Button look="quiet" onPress={() => retry(message)}>
              <RotateCw />
              {t("message.retry")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function RefusedLine({ failure, title, onClose }: { failure: Failure; title: string; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const { seq, text, verb, chat_id, id } = failure;

  /** New words of a message are kept, and can be sent again. */
  function again(): void {
    if (seq === undefined || text === undefined) return;
    const handle = client.openChat(chat_id);
    handle
      .edit(seq, text)
      .then(
        () => dropFailure(id),
        (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
      )
      .finally(() => handle.close());
  }

  return (
    <li className="news-line">
      <CircleAlert aria-hidden="true" />
      <button
        type="button"
        className="news-words"
        onClick={() => {
          onClose();
          if (seq === undefined) navigate(chatRoute(chat_id));
          else jumpToMessage(chat_id, seq);
        }}
      >
        <span>
          {t(`failures.${verb}`)}
          {title !== "" && ` · ${title}`}
        </span>
        {text !== undefined && <OneLine>{excerpt(text, SHOWN_CHARS)}</OneLine>}
        <span className="news-detail">
          {errorWords(t, failure.error)} · {formats.time(failure.at)}
        </span>
      </button>
      {verb === "edit" && text !== undefined && (
        <IconButton label={t("action.try_again")} onPress={again}>
          <RotateCw />
        </IconButton>
      )}
      <IconButton label={t("failures.drop")} onPress={() => dropFailure(id)}>
        <X />
      </IconButton>
    </li>
  );
}
