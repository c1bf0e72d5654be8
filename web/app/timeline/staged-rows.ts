import { useLayoutEffect, useReducer, useRef } from "react";
import { compareRows, type Row } from "./rows.ts";

export interface StagedRows {
  rows: readonly Row[];
  /** For the virtual list: in this render the start changed and the end did not. */
  is_shift: boolean;
  /** Grows when the rows have nothing in common with those before: the list starts anew. */
  generation: number;
}

/** Feeds changes to the virtual list one end at a time; both steps are done before anything is painted. */
export function useStagedRows(wanted: readonly Row[]): StagedRows {
  const state = useRef<{ source: readonly Row[]; staged: StagedRows; is_between: boolean }>({
    source: wanted,
    staged: { rows: wanted, is_shift: false, generation: 0 },
    is_between: false,
  });
  const [, render] = useReducer((count: number) => count + 1, 0);
  const { current } = state;
  if (current.source !== wanted || current.is_between) {
    const change = compareRows(current.staged.rows, wanted);
    const { generation } = current.staged;
    const staged: StagedRows =
      change.kind === "replaced"
        ? { rows: wanted, is_shift: false, generation: generation + 1 }
        : change.kind === "both"
          ? { rows: change.first, is_shift: true, generation }
          : { rows: wanted, is_shift: change.kind === "start", generation };
    state.current = { source: wanted, staged, is_between: change.kind === "both" };
  }
  const isBetween = state.current.is_between;
  useLayoutEffect(() => {
    if (isBetween) render();
  });
  return state.current.staged;
}
