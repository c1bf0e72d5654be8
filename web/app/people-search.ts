import { useEffect, useState } from "react";
import type { Profile } from "../../src/protocol/user.ts";
import { useParley } from "./parley-context.tsx";

const PAUSE_MS = 180;

export interface PeopleSearch {
  status: "idle" | "searching" | "done" | "failed";
  people: readonly Profile[];
  thrown?: unknown;
}

const IDLE: PeopleSearch = { status: "idle", people: [] };

/** Finds people while somebody types. Results of the query before stay in sight until the new ones are there. */
export function usePeopleSearch(query: string): PeopleSearch {
  const client = useParley();
  const [search, setSearch] = useState<PeopleSearch>(IDLE);
  const wanted = query.trim();
  useEffect(() => {
    if (wanted === "") {
      setSearch(IDLE);
      return;
    }
    let isCurrent = true;
    setSearch((old) => ({ status: "searching", people: old.people }));
    const timer = setTimeout(() => {
      client.searchPeople(wanted).then(
        ({ users }) => isCurrent && setSearch({ status: "done", people: users }),
        (thrown: unknown) => isCurrent && setSearch({ status: "failed", people: [], thrown }),
      );
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [client, wanted]);
  return search;
}
