/** What went wrong, for the one who runs the service. Never the person's words, never a token. */
export interface ErrorReport {
  /** What the caller was told it by; an object has none. */
  request_id?: string;
  /** The operation or job, not the address: that would name people. */
  where: string;
  error: unknown;
  /** `warning` for what is tried again by itself. */
  level?: "error" | "warning";
}

/** Writes an error that nobody outside may see, as one line of JSON that log search counts by its fields. */
export function logError({ request_id, where, error, level = "error" }: ErrorReport): void {
  const line = { level, ...(request_id === undefined ? {} : { request_id }), where, ...describe(error) };
  console[level === "error" ? "error" : "warn"](JSON.stringify(line));
}

function describe(error: unknown): { name: string; message: string; stack?: string; cause?: string } {
  if (!(error instanceof Error)) return { name: "not an Error", message: String(error) };
  const { name, message, stack, cause } = error;
  return {
    ...{ name, message },
    ...(stack === undefined ? {} : { stack }),
    ...(cause instanceof Error ? { cause: `${cause.name}: ${cause.message}` } : {}),
  };
}
