import { Button } from "react-aria-components/Button";
import { useChatActions } from "../chat-list/chat-actions.tsx";
import { useParley, useReadable } from "../parley-context.tsx";

/** Takes the messages of the chat away from the person alone, and a direct chat out of the list. */
export function ClearLines({ chat_id, my_id }: { chat_id: string; my_id: string }) {
  const client = useParley();
  const chatActions = useChatActions(my_id);
  const line = useReadable(client.inbox).lines.find((one) => one.chat_id === chat_id);
  if (line === undefined) return null;
  return chatActions(line)
    .filter(({ id }) => id === "clear" || id === "delete")
    .map(({ id, icon, label, run }) => (
      <Button key={id} className="details-link" onPress={run}>
        {icon}
        <span className="details-link-label">{label}</span>
      </Button>
    ));
}
