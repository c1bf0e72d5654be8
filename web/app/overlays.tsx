import { createContext, useContext } from "react";

/** What can lie over the main screen: one at a time. */
export type Overlay = "new_chat" | "new_group" | "palette" | "keys" | "reminders" | "failures" | "sign_out";

export const OverlayContext = createContext<(overlay: Overlay | undefined) => void>(() => undefined);

/** Opens an overlay, or closes it with `undefined`. */
export const useOverlay = (): ((overlay: Overlay | undefined) => void) => useContext(OverlayContext);
