import type { ReactNode } from "react";

/** Parts of the bird, on a square of 120. The rim keeps it apart from dark and light alike. */
export interface Mood {
  feathers: string;
  belly: string;
  eyes: ReactNode;
  beak?: ReactNode;
  /** Drawn behind the bird, and before it. */
  behind?: ReactNode;
  before?: ReactNode;
  /** Degrees. */
  tilt?: number;
}

export const INK = "#2b2230";
export const BEAK = "#f5a524";
const BEAK_DARK = "#d9831a";

export const openEyes = (
  <g fill={INK}>
    <circle cx="47" cy="52" r="6" />
    <circle cx="75" cy="52" r="6" />
    <g fill="#fff">
      <circle cx="49" cy="50" r="2" />
      <circle cx="77" cy="50" r="2" />
    </g>
  </g>
);

export const lidded = (
  <g fill="none" stroke={INK} strokeWidth="4" strokeLinecap="round">
    <path d="M40 54q7-7 14 0" />
    <path d="M68 54q7-7 14 0" />
  </g>
);

export const asleep = (
  <g fill="none" stroke={INK} strokeWidth="4" strokeLinecap="round">
    <path d="M40 52q7 6 14 0" />
    <path d="M68 52q7 6 14 0" />
  </g>
);

export const heart = (x: number, y: number, size: number, fill = "#e5484d") => (
  <path
    fill={fill}
    d="M0-3C-3-9-12-8-12 0c0 7 8 11 12 15 4-4 12-8 12-15 0-8-9-9-12-3Z"
    transform={`translate(${x} ${y}) scale(${size / 24})`}
  />
);

const closedBeak = <path d="M52 62h18l-9 12Z" fill={BEAK} stroke={BEAK_DARK} strokeWidth="2" strokeLinejoin="round" />;

export const openBeak = (
  <g strokeLinejoin="round" strokeWidth="2" stroke={BEAK_DARK}>
    <path d="M50 62h22l-11 22Z" fill="#b3362f" />
    <path d="M48 60h26l-13 9Z" fill={BEAK} />
  </g>
);

/** The bird itself, in a mood. */
export function Bird({ mood }: { mood: Mood }) {
  return (
    <g transform={mood.tilt === undefined ? undefined : `rotate(${mood.tilt} 60 66)`}>
      {mood.behind}
      <g strokeLinejoin="round">
        <path
          d="M61 14c6-6 12-7 15-4-4 1-6 4-7 8 18 6 29 23 29 44 0 27-16 46-38 46S23 89 23 62c0-22 12-39 31-44-2-5 1-9 7-4Z"
          fill={mood.feathers}
          stroke="#fff"
          strokeWidth="5"
          paintOrder="stroke"
        />
        <path d="M60 106c-15 0-25-12-25-27 0-9 11-13 25-13s25 4 25 13c0 15-10 27-25 27Z" fill={mood.belly} />
        <path d="M50 106v6m-5 0h10M70 106v6m-5 0h10" stroke={BEAK_DARK} strokeWidth="4" strokeLinecap="round" />
      </g>
      <g fill="#ff9aa8" opacity="0.55">
        <circle cx="37" cy="64" r="5" />
        <circle cx="85" cy="64" r="5" />
      </g>
      {mood.eyes}
      {mood.beak ?? closedBeak}
      {mood.before}
    </g>
  );
}
