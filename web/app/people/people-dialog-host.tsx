import { ClearDialog } from "../chat-list/clear-dialog.tsx";
import { useReadable } from "../parley-context.tsx";
import { BlockDialog } from "./block-dialog.tsx";
import { openPeopleDialog, peopleDialog } from "./people-dialogs.ts";
import { PersonSheet } from "./person-sheet.tsx";
import { ReportDialog } from "./report-dialog.tsx";
import { StatusDialog } from "./status-dialog.tsx";

/** Shows the dialog about people that was asked for last. */
export function PeopleDialogHost({ my_id }: { my_id: string }) {
  const dialog = useReadable(peopleDialog);
  const close = (): void => openPeopleDialog(undefined);
  switch (dialog?.kind) {
    case "person":
      return (
        <PersonSheet
          key={dialog.person.user_id}
          person={dialog.person}
          my_id={my_id}
          chat_id={dialog.chat_id}
          onClose={close}
        />
      );
    case "report":
      return <ReportDialog subject={dialog.subject} onClose={close} />;
    case "block":
      return <BlockDialog person={dialog.person} onClose={close} />;
    case "clear":
      return <ClearDialog clearing={dialog} onClose={close} />;
    case "status":
      return <StatusDialog onClose={close} />;
    case undefined:
      return null;
  }
}
