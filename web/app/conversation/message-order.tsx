import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DataOf } from "../../../src/protocol/rest.ts";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { useParley } from "../parley-context.tsx";

/** Where a message stands in the order of causes; asked of the server when it is unfolded. */
export function MessageOrder({ message_id }: { message_id: string }) {
  const { t } = useTranslation();
  const client = useParley();
  const formats = useFormats();
  const [order, setOrder] = useState<DataOf<"order"> | undefined>(undefined);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);

  function load(): void {
    if (order !== undefined) return;
    client.server.ask("order", { params: { id: message_id } }).then(setOrder, (thrown: unknown) => {
      setTrouble(t("update.failed", { reason: faultWords(t, thrown) }));
    });
  }

  return (
    <details
      className="message-order"
      onToggle={(event) => {
        if (event.currentTarget.open) load();
      }}
    >
      <summary>{t("message.order")}</summary>
      {trouble !== undefined && <p role="alert">{trouble}</p>}
      {order !== undefined && (
        <>
          <p>{t("message.order_place", { seq: formats.number(order.seq), lamport: formats.number(order.lamport) })}</p>
          <p>{t("message.order_seen", { seen: formats.number(order.seen_seq) })}</p>
          <p>{t("message.order_concurrent", { count: order.concurrent_seqs.length })}</p>
        </>
      )}
    </details>
  );
}
