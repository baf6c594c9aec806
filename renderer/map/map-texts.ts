import type { Zone } from '../../preload/contract/airspace.ts';
import type { UnitSystem } from '../state/settings.ts';
import { age, altitude, inWords, speed } from '../ui/formatting.ts';

/** Every text of the map, so that a translation can take its place. */
export interface MapTexts {
  map: string;
  controls: string;
  zoomIn: string;
  zoomOut: string;
  fitFleet: string;
  layers: string;
  zones: string;
  zonesHidden: string;
  trails: string;
  labels: string;
  noStreetMap: string;
  pickHint: string;
  dronesAndZones: string;
  aircraft: (name: string) => string;
  more: (count: number) => string;
  ago: (age: string) => string;
  aboveHome: (height: string) => string;
  toHeight: (height: string) => string;
  until: (when: string) => string;
  from: (when: string) => string;
  switchedOff: string;
  over: string;
  pack: (fileName: string) => string;
  inFlight: string;
  onGround: string;
  notRegistered: string;
  noContact: string;
  remote: string;
  /** A drone of another station, as its label says it. */
  remoteName: (name: string) => string;
  zone: string;
  locale: string;
}

export const englishMapTexts: MapTexts = {
  map: 'Map of drones, no-fly zones and routes. Arrow keys pan, plus and minus zoom.',
  controls: 'Map controls',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  fitFleet: 'Show the whole fleet',
  layers: 'What the map shows',
  zones: 'No-fly zones',
  zonesHidden: 'No-fly zones are hidden',
  trails: 'Trails',
  labels: 'Labels',
  noStreetMap: 'No street map here: add a map pack',
  pickHint: 'Click the map to set the place, or move it under the cross and press Enter',
  dronesAndZones: 'Drones, zones and aircraft on the map',
  aircraft: (name) => `Aircraft ${name}`,
  more: (count) => `and ${count} more`,
  ago: (age) => `${age} ago`,
  aboveHome: (height) => `${height} home`,
  toHeight: (height) => `to ${height}`,
  until: (when) => `until ${when}`,
  from: (when) => `from ${when}`,
  switchedOff: 'switched off',
  over: 'over',
  pack: (fileName) => `pack: ${fileName}`,
  inFlight: 'in flight',
  onGround: 'on the ground',
  notRegistered: 'not registered',
  noContact: 'not heard lately',
  remote: 'of another station',
  remoteName: (name) => `${name} · remote`,
  zone: 'Zone',
  locale: 'en-GB',
};

const SEPARATOR = ' · ';

/** "Logan KBOS · to 120 m", "Stadium · until 22:00". Times are local; another day than today is written out. */
export function zoneLabel(zone: Zone, nowMs: number, texts: MapTexts, units: UnitSystem): string {
  const parts = [zone.name];
  if (zone.ceilingAglM !== null) parts.push(texts.toHeight(wholeHeight(zone.ceilingAglM, units)));
  if (!zone.active) parts.push(texts.switchedOff);
  else if (zone.endsAtMs !== null && zone.endsAtMs <= nowMs) parts.push(texts.over);
  else if (zone.startsAtMs !== null && zone.startsAtMs > nowMs)
    parts.push(texts.from(timeText(zone.startsAtMs, nowMs, texts.locale)));
  else if (zone.endsAtMs !== null) parts.push(texts.until(timeText(zone.endsAtMs, nowMs, texts.locale)));
  return parts.join(SEPARATOR);
}

function timeText(atMs: number, nowMs: number, locale: string): string {
  const sameDay = new Date(atMs).toDateString() === new Date(nowMs).toDateString();
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(sameDay ? {} : { day: 'numeric', month: 'short' }),
  }).format(atMs);
}

/** The name alone, or with the age of what is known: "Delta-1 · 7 s ago". */
export function droneLabel(key: string, staleForMs: number | null, texts: MapTexts): string {
  return staleForMs === null ? key : `${key}${SEPARATOR}${texts.ago(age(staleForMs / 1000))}`;
}

/** The second line of the selected drone's box: "60 m home · 18.4 m/s". */
export function droneFigures(
  drone: { altitudeRelativeHomeM: number; groundSpeedMps: number },
  staleForMs: number | null,
  texts: MapTexts,
  units: UnitSystem,
): string {
  const parts = [
    texts.aboveHome(wholeHeight(drone.altitudeRelativeHomeM, units)),
    inWords(speed(Math.max(0, drone.groundSpeedMps), units)),
  ];
  if (staleForMs !== null) parts.push(texts.ago(age(staleForMs / 1000)));
  return parts.join(SEPARATOR);
}

/** Heights on the map need no decimals. */
function wholeHeight(heightM: number, units: UnitSystem): string {
  const { value, unit } = altitude(heightM, units);
  // Rounding away the sign of -0.4 keeps "-0 m" off the screen.
  return `${Math.round(Number(value)) || 0} ${unit}`;
}

/** "500 m", "2 km". */
export const lengthText = (metres: number): string => (metres < 1000 ? `${metres} m` : `${metres / 1000} km`);

/** The longest of 1, 2, 5 × 10ⁿ metres that fits `maximumPx`. */
export function scaleBar(metresPerPx: number, maximumPx: number): { metres: number; widthPx: number } {
  const limitM = metresPerPx * maximumPx;
  const decade = 10 ** Math.floor(Math.log10(limitM));
  const step = [5, 2, 1].find((factor) => factor * decade <= limitM) ?? 1;
  return { metres: step * decade, widthPx: Math.round((step * decade) / metresPerPx) };
}
