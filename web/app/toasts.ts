import type { Readable } from "../sync/client.ts";

/** A short word about something that just happened, shown for a while and read out politely. */
export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "danger";
  /** What can be done about it while it is shown, the likelier first. */
  actions: readonly ToastAction[];
}

export interface ToastAction {
  label: string;
  run: () => void;
}

const SHOWN_MS = { plain: 3_000, danger: 8_000 } as const;
/** Undoing takes a moment of thought, and choosing another. */
const ACTION_MS = 8_000;
const CHOICE_MS = 15_000;

let shown: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

export const toasts: Readable<readonly Toast[]> = {
  get: () => shown,
  subscribe: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function dismissToast(id: number): void {
  set(shown.filter((toast) => toast.id !== id));
}

export function showToast(text: string, tone: Toast["tone"] = "plain", ...actions: ToastAction[]): void {
  const id = nextId++;
  set([...shown.slice(-2), { id, text, tone, actions }]);
  setTimeout(() => dismissToast(id), [SHOWN_MS[tone], ACTION_MS][actions.length] ?? CHOICE_MS);
}
