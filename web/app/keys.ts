const isApple = /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** How the keys are written, for tooltips and the sheet. */
export const KEYS = {
  palette: isApple ? "⌘K" : "Ctrl+K",
  settings: isApple ? "⌘," : "Ctrl+,",
  search: "/",
  new_chat: "N",
  help: "?",
  back: "Esc",
  next_chat: isApple ? "⌥↓" : "Alt+↓",
  previous_chat: isApple ? "⌥↑" : "Alt+↑",
  search_chat: isApple ? "⌘F" : "Ctrl+F",
  details: isApple ? "⌘." : "Ctrl+.",
  send: "Enter",
  newline: "Shift+Enter",
  edit_last: "↑",
  messages: "Shift+↑",
  message_menu: "Shift+F10",
  reply: "R",
  edit: "E",
  react: "+",
  pin: "P",
  forward: "F",
  thread: "T",
  save: "S",
  select: "X",
  bold: isApple ? "⌘B" : "Ctrl+B",
  italic: isApple ? "⌘I" : "Ctrl+I",
  strike: isApple ? "⇧⌘X" : "Ctrl+Shift+X",
  code: isApple ? "⌘E" : "Ctrl+E",
  copy: "C",
  copy_link: "L",
  delete: "Del",
  write: "Esc",
} as const;

/** Ctrl, or Cmd where that is the custom; never both. */
export const hasCommand = (event: KeyboardEvent): boolean =>
  isApple ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;

/** Typing goes to somebody: single keys are theirs. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
