import type { StickerId } from "../../src/protocol/stickers.ts";
import { asleep, BEAK, heart, INK, lidded, type Mood, openBeak, openEyes } from "./bird.tsx";

const TEAL = { feathers: "#1fa39a", belly: "#d5f3ee" };
const PINK = { feathers: "#e0608c", belly: "#fbdde7" };
const BLUE = { feathers: "#4a7fe0", belly: "#dbe7fc" };
const SUN = { feathers: "#f0a63a", belly: "#fdefcf" };
const PLUM = { feathers: "#8a62d6", belly: "#e9e0fa" };
const LEAF = { feathers: "#57a846", belly: "#e0f3d8" };
const EMBER = { feathers: "#dd5a45", belly: "#fbdcd4" };

const wing = (path: string, fill: string) => (
  <path d={path} fill={fill} stroke="#fff" strokeWidth="4" paintOrder="stroke" strokeLinejoin="round" />
);
const sign = (fill: string, mark: string) => (
  <g>
    <circle cx="92" cy="84" r="19" fill={fill} stroke="#fff" strokeWidth="4" />
    <path d={mark} fill="none" stroke="#fff" strokeWidth="6" strokeLinecap="round" strokeLinejoin="round" />
  </g>
);
const tear = (x: number, y: number) => (
  <path d={`M${x} ${y}q7 10 0 14-7-4 0-14Z`} fill="#7cc4f5" stroke="#4a9bd8" strokeWidth="1.5" />
);

/** What each sticker is made of. */
export const MOODS: Record<StickerId, Mood> = {
  hello: {
    ...TEAL,
    eyes: openEyes,
    beak: openBeak,
    behind: wing("M92 66c10-4 20-16 20-32-8 1-11 4-12 8-1-5-5-9-9-10 1 6 0 9-3 13Z", "#178078"),
  },
  thanks: { ...PINK, eyes: lidded, before: heart(60, 92, 34) },
  love: {
    ...SUN,
    eyes: (
      <g>
        {heart(46, 50, 20)}
        {heart(76, 50, 20)}
      </g>
    ),
    beak: openBeak,
  },
  laugh: {
    ...SUN,
    eyes: lidded,
    beak: openBeak,
    before: (
      <g>
        {tear(31, 54)}
        {tear(91, 54)}
      </g>
    ),
    tilt: -8,
  },
  wow: {
    ...BLUE,
    eyes: (
      <g>
        <circle cx="46" cy="50" r="10" fill="#fff" />
        <circle cx="76" cy="50" r="10" fill="#fff" />
        <circle cx="46" cy="50" r="4" fill={INK} />
        <circle cx="76" cy="50" r="4" fill={INK} />
      </g>
    ),
    beak: <ellipse cx="61" cy="74" rx="8" ry="10" fill="#b3362f" stroke={BEAK} strokeWidth="4" />,
  },
  sad: {
    ...BLUE,
    eyes: (
      <g>
        {openEyes}
        <path d="M38 42l12-5M84 42l-12-5" stroke={INK} strokeWidth="4" strokeLinecap="round" />
      </g>
    ),
    before: (
      <g>
        {tear(45, 60)}
        {tear(78, 62)}
      </g>
    ),
  },
  angry: {
    ...EMBER,
    eyes: (
      <g>
        {openEyes}
        <path d="M37 40l16 7M85 40l-16 7" stroke={INK} strokeWidth="5" strokeLinecap="round" />
      </g>
    ),
  },
  sleepy: {
    ...PLUM,
    eyes: asleep,
    before: (
      <g fill="none" stroke="#a482e8" strokeWidth="4" strokeLinecap="round" strokeLinejoin="round">
        <path d="M88 20h12l-12 13h12" />
        <path d="M104 6h8l-8 9h8" strokeWidth="3" />
      </g>
    ),
    tilt: 8,
  },
  party: {
    ...LEAF,
    eyes: lidded,
    beak: openBeak,
    before: (
      <g>
        <path d="M44 24L62-2l16 26Z" fill="#e0608c" stroke="#fff" strokeWidth="3" strokeLinejoin="round" />
        <circle cx="62" cy="0" r="5" fill={BEAK} />
        <g strokeWidth="4" strokeLinecap="round">
          <path d="M14 30l5 5" stroke="#4a7fe0" />
          <path d="M104 26l-5 6" stroke="#f0a63a" />
          <path d="M10 62h7" stroke="#e0608c" />
          <path d="M110 56h-7" stroke="#1fa39a" />
        </g>
      </g>
    ),
  },
  yes: { ...LEAF, eyes: lidded, before: sign("#3d9a3f", "M83 84l7 7 12-13") },
  no: { ...EMBER, eyes: openEyes, before: sign("#d13f36", "M85 77l14 14m0-14l-14 14") },
  thinking: {
    ...PLUM,
    eyes: (
      <g>
        {openEyes}
        <path d="M66 38q9-6 18 0" fill="none" stroke={INK} strokeWidth="4" strokeLinecap="round" />
      </g>
    ),
    before: (
      <g fill="#fff" stroke={INK} strokeWidth="2.5">
        <circle cx="98" cy="34" r="4" />
        <circle cx="106" cy="20" r="7" />
      </g>
    ),
    tilt: -5,
  },
  coffee: {
    ...SUN,
    eyes: lidded,
    before: (
      <g>
        <path
          d="M44 82h30v16q0 10-10 10H54q-10 0-10-10Z"
          fill="#fff"
          stroke={INK}
          strokeWidth="3"
          strokeLinejoin="round"
        />
        <path d="M74 86h5q6 0 6 6t-6 6h-5" fill="none" stroke={INK} strokeWidth="3" />
        <path d="M53 77q-4-5 0-9m11 9q-4-5 0-9" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      </g>
    ),
  },
  cool: {
    ...TEAL,
    eyes: (
      <g>
        <path d="M33 44h56v6q-2 12-13 12T63 50h-4q-2 12-13 12T33 50Z" fill={INK} />
        <path d="M39 48l8 8m22-8l8 8" stroke="#fff" strokeWidth="3" strokeLinecap="round" opacity="0.7" />
      </g>
    ),
    tilt: 5,
  },
  sorry: {
    ...BLUE,
    eyes: (
      <g>
        {openEyes}
        <path d="M38 42l12-5M84 42l-12-5" stroke={INK} strokeWidth="4" strokeLinecap="round" />
      </g>
    ),
    before: wing("M40 96c2-12 10-20 20-20s18 8 20 20c-6-2-8-6-9-10l-11 6-11-6c-1 4-3 8-9 10Z", "#3767c2"),
  },
  bye: {
    ...TEAL,
    eyes: openEyes,
    behind: (
      <g>
        {wing("M26 70C12 66 4 52 4 36c9 2 12 5 13 9 2-4 6-7 10-8-1 6 0 10 4 14Z", "#178078")}
        {wing("M94 70c14-4 22-18 22-34-9 2-12 5-13 9-2-4-6-7-10-8 1 6 0 10-4 14Z", "#178078")}
      </g>
    ),
    before: (
      <g stroke="#9aa3af" strokeWidth="4" strokeLinecap="round">
        <path d="M24 104l-10 8M96 104l10 8" />
      </g>
    ),
  },
};

/** For a sticker that this version does not know. */
export const PLAIN: Mood = { ...TEAL, eyes: openEyes };
