import { part } from "../part.ts";

/** What opens on demand in a conversation, a chunk each. */
export const MomentDialog = part(async () => (await import("./moment-dialog.tsx")).MomentDialog);
export const PollDialog = part(async () => (await import("./poll-dialog.tsx")).PollDialog);
export const PlaceDialog = part(async () => (await import("./place-dialog.tsx")).PlaceDialog);
export const ContactDialog = part(async () => (await import("./contact-dialog.tsx")).ContactDialog);
export const ScheduledDialog = part(async () => (await import("./scheduled-dialog.tsx")).ScheduledDialog);
export const StickerPicker = part(async () => (await import("./sticker-picker.tsx")).StickerPicker);
export const VotesDialog = part(async () => (await import("./votes-dialog.tsx")).VotesDialog);
export const PinsDialog = part(async () => (await import("./pins-dialog.tsx")).PinsDialog);
