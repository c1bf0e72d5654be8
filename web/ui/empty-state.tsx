import type { ReactNode } from "react";
import "./empty-state.css";

/** What stands where nothing is yet: what it is, what to do, and the button that does it. */
export function EmptyState({
  icon,
  picture,
  title,
  hint,
  children,
}: {
  icon?: ReactNode;
  /** A drawing in the icon's place. */
  picture?: ReactNode;
  title: string;
  hint?: string;
  children?: ReactNode;
}) {
  return (
    <div className="empty-state">
      {picture}
      {icon !== undefined && <span className="empty-icon">{icon}</span>}
      <p className="empty-title">{title}</p>
      {hint !== undefined && <p className="empty-hint">{hint}</p>}
      {children !== undefined && <div className="empty-actions">{children}</div>}
    </div>
  );
}
