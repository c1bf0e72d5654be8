import type { ReactNode } from "react";
import "./one-line.css";

/**
 * Somebody's words on one line: they stand on the reader's side, run in their own direction, and where there is no room
 * lose their end, never their beginning.
 */
export function OneLine({ children, className = "" }: { children: ReactNode; className?: string }) {
  return (
    <span className={`one-line ${className}`}>
      <span className="ellipsis" dir="auto">
        {children}
      </span>
    </span>
  );
}
