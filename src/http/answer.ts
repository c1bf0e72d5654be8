import { type Fault, rowOf } from "../domain/fault.ts";

/** Headers of every answer of the API. Nothing it says is for a cache, a frame or another site. */
const HEADERS: Record<string, string> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Adds the headers of the API where an answer says nothing of its own.
 * @param isSecure production, which is served over TLS alone; browsers are told to remember it
 */
export function setApiHeaders(headers: Headers, requestId: string, isSecure: boolean): void {
  for (const [name, value] of Object.entries(HEADERS)) if (!headers.has(name)) headers.set(name, value);
  if (!headers.has("x-request-id")) headers.set("x-request-id", requestId);
  if (isSecure) headers.set("strict-transport-security", "max-age=31536000; includeSubDomains");
}

/** `{ success: true, data }`. */
export function success(data: unknown, status: number): Response {
  return Response.json({ success: true, data }, { status });
}

/** `{ success: false, error }`; `retry_after`, in seconds, is also the Retry-After header, rounded up. */
export function failure(fault: Fault, requestId: string, headers: Record<string, string> = {}): Response {
  const { code, message, details, retry_after } = fault;
  return Response.json(
    {
      success: false,
      error: {
        ...{ code, message, request_id: requestId },
        ...(details === undefined ? {} : { details }),
        ...(retry_after === undefined ? {} : { retry_after }),
      },
    },
    {
      status: rowOf(fault).http,
      headers: {
        ...headers,
        "x-request-id": requestId,
        ...(retry_after === undefined ? {} : { "retry-after": String(Math.ceil(retry_after)) }),
      },
    },
  );
}
