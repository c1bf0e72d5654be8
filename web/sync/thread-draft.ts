/** The draft of a thread: kept on this device alone, under a name that no chat has. */
export const threadDraft = (chatId: string, rootSeq: number): string => `${chatId}/${rootSeq}`;

/** Is this the name of a thread's draft, and not a chat's id? */
export const isThreadDraft = (name: string): boolean => name.includes("/");
