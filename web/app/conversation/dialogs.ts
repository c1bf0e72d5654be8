import { lazy } from "react";

/** What opens on demand in a conversation, a chunk each. */
export const MomentDialog = lazy(async () => ({ default: (await import("./moment-dialog.tsx")).MomentDialog }));
export const PollDialog = lazy(async () => ({ default: (await import("./poll-dialog.tsx")).PollDialog }));
export const PlaceDialog = lazy(async () => ({ default: (await import("./place-dialog.tsx")).PlaceDialog }));
export const ContactDialog = lazy(async () => ({ default: (await import("./contact-dialog.tsx")).ContactDialog }));
export const ScheduledDialog = lazy(async () => ({
  default: (await import("./scheduled-dialog.tsx")).ScheduledDialog,
}));
export const StickerPicker = lazy(async () => ({ default: (await import("./sticker-picker.tsx")).StickerPicker }));
export const VotesDialog = lazy(async () => ({ default: (await import("./votes-dialog.tsx")).VotesDialog }));
export const PinsDialog = lazy(async () => ({ default: (await import("./pins-dialog.tsx")).PinsDialog }));
