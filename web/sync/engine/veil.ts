/** What a person does not want to see of a chat any more: everything up to a place, and single messages. */
export interface Veil {
  /** Everything up to this number was cleared; 0: nothing. */
  readonly cleared: number;
  has(seq: number): boolean;
}

export const veilOf = (cleared: number, hidden: ReadonlySet<number>): Veil => ({
  cleared,
  has: (seq) => seq <= cleared || hidden.has(seq),
});
