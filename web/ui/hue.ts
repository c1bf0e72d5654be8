declare module "react" {
  interface CSSProperties {
    [custom: `--${string}`]: string | number | undefined;
  }
}

/** Hues that stay apart from each other and from the colour of danger. */
const HUES = [55, 85, 125, 155, 185, 215, 245, 275, 300, 325, 350, 40] as const;

/** The stable hue of a person or chat, in degrees of OKLCH, from their id (FNV-1a). */
export function hueOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) {
    hash ^= id.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return HUES[(hash >>> 0) % HUES.length] ?? 215;
}
