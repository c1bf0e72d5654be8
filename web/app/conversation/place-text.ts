import type { LocationContent } from "../../../src/protocol/content.ts";

const NUMBER = String.raw`([-+−]?\d{1,3}(?:[.,]\d{1,12})?)`;
/** "54.3233, 10.1394", also with degrees and letters of the compass, or a comma as decimal point and a blank between. */
const PAIR = new RegExp(String.raw`^${NUMBER}\s*°?\s*([NS])?\s*[,;\s]\s*${NUMBER}\s*°?\s*([EWO])?$`, "iu");
/** What a copied address of a map has in it. */
const IN_LINK = /(?:@|[?&#/](?:q|ll|mlat|map)=?[^\d-]*)(-?\d{1,3}\.\d+)(?:[,/]|&mlon=)(-?\d{1,3}\.\d+)/u;

const numberOf = (text: string): number => Number(text.replace("−", "-").replace(",", "."));

/** The place that a text names; undefined if it names none on earth. */
export function parsePlace(text: string): LocationContent | undefined {
  const trimmed = text.trim();
  const pair = PAIR.exec(trimmed);
  const link = pair === null ? IN_LINK.exec(trimmed) : null;
  let latitude: number;
  let longitude: number;
  if (pair !== null) {
    latitude = numberOf(pair[1] ?? "") * (pair[2]?.toUpperCase() === "S" ? -1 : 1);
    longitude = numberOf(pair[3] ?? "") * (pair[4]?.toUpperCase() === "W" ? -1 : 1);
  } else if (link !== null) {
    latitude = Number(link[1]);
    longitude = Number(link[2]);
  } else return undefined;
  const isOnEarth = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  return isOnEarth ? { latitude, longitude } : undefined;
}
