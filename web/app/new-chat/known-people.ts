import { useMemo } from "react";
import type { Person } from "../../../src/protocol/chat.ts";
import { useParley, useReadable } from "../parley-context.tsx";
import { usePeople } from "../people/people-book.ts";

/** Contacts and people one has a direct chat with, under the names that the reader gave them: the likeliest. */
export function useKnownPeople(): readonly Person[] {
  const client = useParley();
  const { lines } = useReadable(client.inbox);
  const { contacts, names } = usePeople();
  return useMemo(() => {
    const known = new Map<string, Person>();
    for (const { peer } of lines) if (peer !== undefined) known.set(peer.user_id, peer);
    for (const { person } of contacts) if (!known.has(person.user_id)) known.set(person.user_id, person);
    return [...known.values()].map((person) => ({
      ...person,
      display_name: names.get(person.user_id) ?? person.display_name,
    }));
  }, [lines, contacts, names]);
}
