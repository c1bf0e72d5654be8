import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { InboxLine } from "../../sync/client.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { useNameOf } from "../people/people-book.ts";

/** The chat of a person with themselves, where they keep things. */
export const isSaved = (line: Pick<InboxLine, "peer">, myId: string): boolean => line.peer?.user_id === myId;

/** What a chat is called: "Saved messages", the name that the reader gave its person, or its own title. */
export function useTitleOf(myId: string): (line: Pick<InboxLine, "peer" | "title">) => string {
  const { t } = useTranslation();
  const nameOf = useNameOf();
  return useCallback(
    (line) => {
      if (isSaved(line, myId)) return t("list.saved");
      return line.peer === undefined ? line.title : nameOf(line.peer.user_id, line.title);
    },
    [myId, nameOf, t],
  );
}

/** The same by a chat's id; empty where the list does not have it. */
export function useTitleById(): (chatId: string) => string {
  const client = useParley();
  const session = useReadable(client.session);
  const { lines } = useReadable(client.inbox);
  const titleOf = useTitleOf(session.status === "signed_in" ? session.me.user_id : "");
  return useCallback(
    (chatId) => {
      const line = lines.find((one) => one.chat_id === chatId);
      return line === undefined ? "" : titleOf(line);
    },
    [lines, titleOf],
  );
}
