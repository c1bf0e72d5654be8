import type { ChatHandle, ThreadHandle, ThreadScreen } from "../../sync/client.ts";
import { jumpToMessage } from "../jump-request.ts";
import { chatRoute, navigate } from "../route.ts";
import type { TimelineSource } from "../timeline/timeline.tsx";
import { currentWidth } from "../width.ts";

/** So many pages of older answers are fetched for one jump; further back, the chat is asked. */
const MOST_PAGES = 20;
/** A page that was answered is painted within this time, or brought nothing. */
const PAINT_MS = 500;

const lowOf = ({ messages }: ThreadScreen): number | undefined => messages.find((one) => one.seq !== undefined)?.seq;

/** The pages of a thread, with the way out to the chat for what is quoted and stands there. */
export function threadSource(handle: ChatHandle, thread: ThreadHandle): TimelineSource {
  return {
    loadOlder: () => thread.loadOlder(),
    loadNewer: async () => undefined,
    jumpTo: async (target) => {
      if (target === "latest" || (await reach(thread, target))) return;
      const { chat_id } = handle.screen.get();
      // On a phone the chat is not beside its thread.
      if (currentWidth() === "phone") navigate(chatRoute(chat_id));
      jumpToMessage(chat_id, target);
    },
    markRead: (seq) => thread.markRead(seq),
    retry: (id) => handle.retry(id),
  };
}

/** Brings older answers in until the one with this number is here. False: it is not of this thread, or too far back. */
async function reach(thread: Pick<ThreadHandle, "screen" | "loadOlder">, seq: number): Promise<boolean> {
  for (let page = 0; page <= MOST_PAGES; page++) {
    const screen = thread.screen.get();
    const low = lowOf(screen);
    if (screen.messages.some((one) => one.seq === seq)) return true;
    // Its first message stands above the answers once all of them are here; it is nearer in the chat.
    if (!screen.has_older || (low !== undefined && low <= seq) || screen.root?.seq === seq) return false;
    const stop = new AbortController();
    const isFurther = further(thread.screen, low, stop.signal);
    await thread.loadOlder();
    const late = setTimeout(() => stop.abort(), PAINT_MS);
    const hasCome = await isFurther;
    clearTimeout(late);
    if (!hasCome) return false;
  }
  return false;
}

/** Whether older answers than `low` come on screen, or the end of them, before `signal`. */
function further(screen: ThreadHandle["screen"], low: number | undefined, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (hasCome: boolean): void => {
      unsubscribe();
      resolve(hasCome);
    };
    const unsubscribe = screen.subscribe(() => {
      const next = screen.get();
      if (lowOf(next) !== low || !next.has_older) end(true);
    });
    signal.addEventListener("abort", () => end(false), { once: true });
  });
}
