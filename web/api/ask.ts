import type { BodyInputOf, Operation, ParamsOf, QueryOf } from "../../src/protocol/rest.ts";

/** Parameters of one operation, as its schemas in `ROUTES` say. */
export interface Ask<O extends Operation> {
  params?: ParamsOf<O>;
  query?: Partial<QueryOf<O>>;
  body?: BodyInputOf<O>;
}
