/** What went wrong, for the one who runs the service. Never the person's words, never a token. */
export interface ErrorReport {
  request_id: string;
  /** The operation or job, not the address: that would name people. */
  where: string;
  error: unknown;
}

/** Writes an error that nobody outside may see, as one line of JSON that log search understands. */
export function logError({ request_id, where, error }: ErrorReport): void {
  console.error(JSON.stringify({ level: "error", request_id, where, ...describe(error) }));
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
