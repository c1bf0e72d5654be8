import { useMemo } from "react";
import type { ChatScreen, TimelineMessage } from "../../sync/client.ts";
import { usePeople } from "./people-book.ts";

type Names = ReadonlyMap<string, string>;

/** What was renamed by one set of names: a message that did not change stays the same object, and its row is not drawn again. */
class Renamer {
  readonly #names: Names;
  readonly #messages = new WeakMap<TimelineMessage, TimelineMessage>();

  constructor(names: Names) {
    this.#names = names;
  }

  screen(screen: ChatScreen): ChatScreen {
    if (!screen.members.some((one) => this.#names.has(one.user_id))) return screen;
    return {
      ...screen,
      members: screen.members.map((one) => this.#person(one)),
      typing: screen.typing.map((one) => this.#person(one)),
      messages: screen.messages.map((one) => this.#message(one)),
    };
  }

  #person<T extends { user_id: string; display_name: string }>(person: T): T {
    const name = this.#names.get(person.user_id);
    return name === undefined ? person : { ...person, display_name: name };
  }

  #message(message: TimelineMessage): TimelineMessage {
    const known = this.#messages.get(message);
    if (known !== undefined) return known;
    const renamed = this.#renamed(message);
    this.#messages.set(message, renamed);
    return renamed;
  }

  #renamed(message: TimelineMessage): TimelineMessage {
    const name = this.#names.get(message.sender_id);
    const { reply_to } = message;
    const quoted = reply_to?.sender_id === undefined ? undefined : this.#names.get(reply_to.sender_id);
    if (name === undefined && quoted === undefined) return message;
    return {
      ...message,
      ...(name === undefined ? {} : { sender_name: name }),
      ...(reply_to === undefined || quoted === undefined ? {} : { reply_to: { ...reply_to, sender_name: quoted } }),
    };
  }
}

/**
 * A chat in which people are called what its reader calls them. For what is shown; what is sent (mentions) uses the names
 * that everybody knows.
 */
export function useNamedScreen(screen: ChatScreen): ChatScreen {
  const { names } = usePeople();
  const renamer = useMemo(() => new Renamer(names), [names]);
  return useMemo(() => renamer.screen(screen), [renamer, screen]);
}
