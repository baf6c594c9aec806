import type { Chance } from './chance.ts';
import type { SampleBase, SampleSize } from './city.ts';
import { distanceFromLineM, distanceM, type Place } from './ground.ts';

export interface SampleZone {
  zoneId: string;
  name: string;
  type: 'AIRPORT' | 'MILITARY' | 'STADIUM' | 'PRISON' | 'SCHOOL' | 'TEMPORARY';
  middle: Place;
  radiusM: number;
  corners: Place[];
  ceilingAglM: number | null;
  startsAtMs: number | null;
  endsAtMs: number | null;
  authority: string;
  active: boolean;
}

const DAY_MS = 86_400_000;
const KINDS = {
  SCHOOL: { name: 'Example School', radiusM: [50, 130], ceilingAglM: 30, authority: 'Example Schools' },
  TEMPORARY: { name: 'Example Event', radiusM: [80, 220], ceilingAglM: null, authority: 'Example Police' },
  PRISON: { name: 'Example Jail', radiusM: [90, 200], ceilingAglM: null, authority: 'Example Sheriff' },
  STADIUM: { name: 'Example Park', radiusM: [150, 320], ceilingAglM: null, authority: 'FAA (made up)' },
  MILITARY: { name: 'Example Base', radiusM: [250, 500], ceilingAglM: null, authority: 'Made-up Guard' },
  AIRPORT: { name: 'Example Airfield', radiusM: [600, 1_100], ceilingAglM: null, authority: 'FAA (made up)' },
} as const;
const WEIGHTS = { SCHOOL: 880, TEMPORARY: 60, PRISON: 15, STADIUM: 25, MILITARY: 12, AIRPORT: 8 };
/** What a drone keeps away from a zone. */
export const MARGIN_M = 60;

/** No zone over a base: nothing could fly from there. */
export function sampleZones(
  size: SampleSize,
  bases: readonly SampleBase[],
  nowMs: number,
  chance: Chance,
): SampleZone[] {
  const zones: SampleZone[] = [];
  while (zones.length < size.zones) {
    const type = chance.weighted(WEIGHTS);
    const kind = KINDS[type];
    const radiusM = chance.between(kind.radiusM[0], kind.radiusM[1]);
    const middle = {
      eastM: chance.between(size.westM - 2_000, 2_500),
      northM: chance.between(-size.halfHeightM - 2_000, size.halfHeightM + 2_000),
    };
    if (bases.some((base) => distanceM(base.place, middle) < radiusM + 4 * MARGIN_M)) continue;
    const startsAtMs = type === 'TEMPORARY' ? nowMs + chance.whole(-100, 20) * DAY_MS : null;
    zones.push({
      zoneId: chance.id(nowMs - 400 * DAY_MS),
      name: `${kind.name} ${zones.length + 1}`,
      ...{ type, middle, radiusM, corners: outline(middle, radiusM, chance) },
      ...{ ceilingAglM: kind.ceilingAglM, authority: kind.authority, startsAtMs },
      endsAtMs: startsAtMs === null ? null : startsAtMs + chance.whole(1, 12) * DAY_MS,
      active: chance.happens(0.96),
    });
  }
  return zones;
}

/** Corners all round the middle, no further from it than the radius: it never crosses itself. */
function outline(middle: Place, radiusM: number, chance: Chance): Place[] {
  const corners = chance.whole(5, 10);
  return Array.from({ length: corners }, (_, index) => {
    const angle = (2 * Math.PI * (index + chance.between(-0.2, 0.2))) / corners;
    const reachM = radiusM * chance.between(0.75, 1);
    return {
      eastM: middle.eastM + reachM * Math.sin(angle),
      northM: middle.northM + reachM * Math.cos(angle),
    };
  });
}

/** Answers quickly whether a flight would come near a zone, among thousands. */
export class ZoneIndex {
  readonly #cells = new Map<string, SampleZone[]>();

  constructor(zones: readonly SampleZone[]) {
    for (const zone of zones) {
      const reachM = zone.radiusM + MARGIN_M;
      for (const key of cellsOf(zone.middle, zone.middle, reachM)) {
        const cell = this.#cells.get(key);
        if (cell === undefined) this.#cells.set(key, [zone]);
        else cell.push(zone);
      }
    }
  }

  /** Clear: lands in no zone, and crosses none that reaches up to where it flies. */
  isClear(from: Place, to: Place, heightAglM: number): boolean {
    for (const key of cellsOf(from, to, 0))
      for (const zone of this.#cells.get(key) ?? []) {
        const keepM = zone.radiusM + MARGIN_M;
        if (distanceM(zone.middle, to) < keepM) return false;
        const isInTheWay = zone.ceilingAglM === null || zone.ceilingAglM >= heightAglM;
        if (isInTheWay && distanceFromLineM(zone.middle, from, to) < keepM) return false;
      }
    return true;
  }
}

const CELL_M = 1_000;

function* cellsOf(one: Place, other: Place, reachM: number): Generator<string> {
  const cell = (metres: number): number => Math.floor(metres / CELL_M);
  const west = cell(Math.min(one.eastM, other.eastM) - reachM);
  const east = cell(Math.max(one.eastM, other.eastM) + reachM);
  const south = cell(Math.min(one.northM, other.northM) - reachM);
  const north = cell(Math.max(one.northM, other.northM) + reachM);
  for (let x = west; x <= east; x++) for (let y = south; y <= north; y++) yield `${x} ${y}`;
}
