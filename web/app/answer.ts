import { useCallback, useEffect, useRef, useState } from "react";

/** What the server was asked and has, or has not yet, answered. */
export type Answer<T> =
  | { status: "loading"; data?: T }
  | { status: "ready"; data: T }
  | { status: "failed"; thrown: unknown; data?: T };

export interface Asked<T> {
  answer: Answer<T>;
  /** Asks again; what is known stays in sight meanwhile. */
  reload: () => void;
  /** Changes what is known, after a change that the server has confirmed. */
  change: (next: (data: T) => T) => void;
}

/** Asks the server when a screen opens, and again whenever `key` changes. Late answers to an old key are dropped. */
export function useAnswer<T>(key: string, ask: () => Promise<T>): Asked<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ status: "loading" });
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  const question = `${turn} ${key}`;
  const asked = useRef("");
  useEffect(() => {
    asked.current = question;
    const isCurrent = (): boolean => asked.current === question;
    latest.current().then(
      (data) => isCurrent() && setAnswer({ status: "ready", data }),
      (thrown: unknown) =>
        isCurrent() &&
        setAnswer((old) => ({ status: "failed", thrown, ...(old.data === undefined ? {} : { data: old.data }) })),
    );
    return () => {
      asked.current = "";
    };
  }, [question]);
  const reload = useCallback(() => setTurn((old) => old + 1), []);
  const change = useCallback(
    (next: (data: T) => T) =>
      setAnswer((old) => (old.data === undefined ? old : { status: "ready", data: next(old.data) })),
    [],
  );
  return { answer, reload, change };
}
