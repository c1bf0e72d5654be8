/** Microseconds on the machine's one monotonic clock: the same in every thread and process. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
