import { useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { Text } from "react-aria-components/Text";
import { useTranslation } from "react-i18next";
import type { InboxLine, TimelineMessage } from "../../sync/client.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { SearchField } from "../../ui/field.tsx";
import { OneLine } from "../../ui/one-line.tsx";
import { arranged } from "../chat-list/chat-state.ts";
import { matchTitle } from "../chat-list/filter.ts";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { useParley, useReadable } from "../parley-context.tsx";
import { showToast } from "../toasts.ts";
import "./forward-dialog.css";
import { obstacleOf, useChatRules } from "./forward-targets.ts";

/** Chooses the chats that get copies of messages. It stays open, with the choice kept, where the server cannot be asked. */
export function ForwardDialog({
  messages,
  onClose,
  onForwarded,
}: {
  messages: readonly TimelineMessage[];
  onClose: () => void;
  onForwarded: () => void;
}) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const inbox = useReadable(client.inbox);
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isBusy, setBusy] = useState(false);
  const offered = query.trim() === "" ? arranged(inbox.lines) : matchTitle(inbox.lines, query);
  const rules = useChatRules(offered);
  const obstacles = new Map(
    offered.flatMap((line) => {
      const obstacle = obstacleOf(line, rules.get(line.chat_id), messages.length);
      return obstacle === undefined ? [] : [[line.chat_id, obstacle] as const];
    }),
  );
  const isClosed = (chatId: string): boolean => obstacles.get(chatId)?.is_closed === true;
  // What became known after it was chosen: it is chosen no more.
  const targets = [...chosen].filter((chatId) => !isClosed(chatId));
  const reasonOf = (line: InboxLine): string | undefined => {
    const why = obstacles.get(line.chat_id)?.why;
    if (why === undefined) return undefined;
    if (why !== "slow") return t(`closed.${why}`, { name: line.title });
    const pause = formats.duration(rules.get(line.chat_id)?.settings.slow_mode_s ?? 0);
    return t("forward.slow", { pause });
  };

  async function forward(): Promise<void> {
    setBusy(true);
    try {
      const refused = new Set<string>();
      // One after another: the copies stand in the order of what they copy.
      for (const { message_id } of messages) {
        if (message_id === undefined) continue;
        for (const id of (await client.forward(message_id, targets)).refused) refused.add(id);
      }
      const names = [...refused].map((id) => inbox.lines.find((line) => line.chat_id === id)?.title ?? "");
      if (refused.size === 0) showToast(t("forward.done", { count: targets.length }));
      else showToast(t("forward.refused", { names: names.join(", ") }), "danger");
      onClose();
      onForwarded();
    } catch (thrown) {
      showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger");
      setBusy(false);
    }
  }

  return (
    <Dialog title={t("forward.title")} is_open onClose={onClose}>
      <div className="forward">
        <div className="forward-search">
          <SearchField
            label={t("forward.search")}
            placeholder={t("forward.search")}
            value={query}
            onChange={setQuery}
            autoFocus
            onKeyDown={(event) => {
              if (event.key !== "ArrowDown") return;
              event.preventDefault();
              event.currentTarget.closest(".forward")?.querySelector<HTMLElement>("[role=option]")?.focus();
            }}
          />
        </div>
        <ListBox
          className="results"
          aria-label={t("forward.title")}
          items={offered}
          selectionMode="multiple"
          selectedKeys={targets}
          disabledKeys={offered.flatMap((line) => (isClosed(line.chat_id) ? [line.chat_id] : []))}
          dependencies={[rules]}
          onSelectionChange={(keys) =>
            setChosen(
              new Set(
                keys === "all"
                  ? offered.flatMap(({ chat_id }) => (isClosed(chat_id) ? [] : [chat_id]))
                  : [...keys].map(String),
              ),
            )
          }
          renderEmptyState={() => t("chats.no_match", { query })}
        >
          {(line) => (
            <ListBoxItem id={line.chat_id} textValue={line.title} className="result-option forward-option">
              <Avatar
                id={line.peer?.user_id ?? line.chat_id}
                name={line.title}
                is_group={line.chat_type !== "direct"}
                size="small"
              />
              <span className="forward-words">
                <OneLine>{line.title}</OneLine>
                {reasonOf(line) !== undefined && (
                  <Text slot="description" className="forward-why">
                    {reasonOf(line)}
                  </Text>
                )}
              </span>
              <span className="forward-mark" aria-hidden="true" />
            </ListBoxItem>
          )}
        </ListBox>
        <div className="forward-foot">
          <span>{targets.length > 0 ? t("forward.chosen", { count: targets.length }) : ""}</span>
          <Button look="primary" isDisabled={targets.length === 0 || isBusy} onPress={() => void forward()}>
            {t("message.forward")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
