import { createContext, useContext, useSyncExternalStore } from "react";
import type { ParleyClient, Readable } from "../sync/client.ts";

export const ParleyContext = createContext<ParleyClient | undefined>(undefined);

/** The sync engine, for everything below `App`. */
export function useParley(): ParleyClient {
  const client = useContext(ParleyContext);
  if (client === undefined) throw new Error("useParley is only for what App renders");
  return client;
}

/** The present value of something that changes; renders again when it does. */
export const useReadable = <T,>(readable: Readable<T>): T =>
  useSyncExternalStore(
    (listener) => readable.subscribe(listener),
    () => readable.get(),
  );

const nothing: Readable<undefined> = { get: () => undefined, subscribe: () => () => undefined };

/** The same for something that may not be there. */
export const useMaybeReadable = <T,>(readable: Readable<T> | undefined): T | undefined =>
  useReadable<T | undefined>(readable ?? nothing);
