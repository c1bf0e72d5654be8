import type { BodyOf, DataOf, Operation, ParamsOf, QueryOf, ROUTES } from "../protocol/rest.ts";
import type { Caller } from "../protocol/rpc.ts";
import type { Env } from "./env.ts";

/** One request on its way. */
export interface Visit {
  env: Env;
  request: Request;
  request_id: string;
  /** Headers of the answer, if it succeeds or fails. */
  headers: Headers;
  /** Work that may end after the answer has left. */
  later(work: Promise<unknown>): void;
}

/** A request of somebody who is signed in. */
export interface SignedVisit extends Visit {
  caller: Caller;
}

type VisitOf<O extends Operation> = (typeof ROUTES)[O]["access"] extends "public" ? Visit : SignedVisit;

/** What serves one operation of ROUTES: input that its schemas have passed, and out comes its `data`. */
export type Handler<O extends Operation> = (
  visit: VisitOf<O>,
  input: { params: ParamsOf<O>; query: QueryOf<O>; body: BodyOf<O> },
) => Promise<DataOf<O>>;

/** Handlers of some operations; together they are all (see `operations.ts`). */
export type Handlers<O extends Operation> = { readonly [P in O]: Handler<P> };
