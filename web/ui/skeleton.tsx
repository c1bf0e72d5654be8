import "./skeleton.css";

const ROWS = [0.7, 0.5, 0.85, 0.6, 0.75, 0.45, 0.8, 0.55];
const BUBBLES = [
  { width: 0.55, is_own: false },
  { width: 0.35, is_own: false },
  { width: 0.45, is_own: true },
  { width: 0.6, is_own: false },
  { width: 0.3, is_own: true },
  { width: 0.5, is_own: true },
];

/** The shape of a list of chats or people that is on its way. */
export function ListSkeleton() {
  return (
    <div className="list-skeleton" aria-hidden="true">
      {ROWS.map((width) => (
        <div className="skeleton-row" key={width}>
          <span className="skeleton skeleton-avatar" />
          <span className="skeleton-lines">
            <span className="skeleton" style={{ "--width": `${width * 60}%` }} />
            <span className="skeleton" style={{ "--width": `${width * 100}%` }} />
          </span>
        </div>
      ))}
    </div>
  );
}

/** The shape of a conversation that is on its way. */
export function TimelineSkeleton() {
  return (
    <div className="timeline-skeleton" aria-hidden="true">
      {BUBBLES.map(({ width, is_own }) => (
        <span
          key={width}
          className="skeleton skeleton-bubble"
          data-own={is_own || undefined}
          style={{ "--width": `${width * 100}%` }}
        />
      ))}
    </div>
  );
}
