import { Composer } from "../../web/sync/composer.ts";
import type { Device } from "./device.ts";
import { CHAT } from "./sample-chat.ts";

/** Writes as a tab of this device would: the row is in the store first, then the engine hears of it. */
export const composerOf = (device: Device): Composer =>
  new Composer(
    CHAT,
    {
      desk: () => device.engine,
      store: device.store,
      isClear: (chatId) => device.engine.isClear(chatId),
      now: () => device.clock.now(),
      spent: () => undefined,
    },
    () => device.screens.get("view")?.head_seq ?? 0,
  );
