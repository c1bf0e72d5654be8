import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { InboxLine } from "../../sync/client.ts";
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
