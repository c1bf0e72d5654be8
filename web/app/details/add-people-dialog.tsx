import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Person } from "../../../src/protocol/chat.ts";
import type { ChatScreen } from "../../sync/client.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import "../new-chat/new-chat-dialog.css";
import { useKnownPeople } from "../new-chat/known-people.ts";
import { PeoplePicker } from "../new-chat/people-picker.tsx";
import { useParley } from "../parley-context.tsx";
import { showToast } from "../toasts.ts";

/** Brings more people into a group. */
export function AddPeopleDialog({ screen, onClose }: { screen: ChatScreen; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const known = useKnownPeople();
  const [chosen, setChosen] = useState<readonly Person[]>([]);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const present = useMemo(
    () => new Set(screen.members.filter((m) => m.removed_at === undefined).map((m) => m.user_id)),
    [screen.members],
  );
  async function add(): Promise<void> {
    setBusy(true);
    try {
      const { invite_only } = await client.addMembers(
        screen.chat_id,
        chosen.map((person) => person.user_id),
      );
      onClose();
      const left = chosen.filter((person) => invite_only.includes(person.user_id));
      if (left.length > 0)
        showToast(t("invites.only", { names: formats.list(left.map((person) => person.display_name)) }), "danger");
    } catch (thrown) {
      setBusy(false);
      setProblem(faultWords(t, thrown));
    }
  }
  return (
    <Dialog title={t("details.add_people")} is_open onClose={onClose}>
      <PeoplePicker suggestions={known} excluded={present} chosen={chosen} onChosen={setChosen} />
      {problem !== undefined && (
        <p className="new-chat-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="new-chat-foot">
        <span>{t("new_chat.chosen", { count: chosen.length })}</span>
        <Button look="primary" isPending={isBusy} isDisabled={chosen.length === 0} onPress={() => void add()}>
          {t("action.add")}
        </Button>
      </div>
    </Dialog>
  );
}
