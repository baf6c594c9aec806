import type { Position } from '../../../preload/contract/geo.ts';
import type { VehiclePlanItem } from '../../../preload/contract/vehicle-tools.ts';
import type { UnitSystem } from '../../state/settings.ts';
import { datumText } from './plan-words.ts';
import { typedNumber } from './vehicle-words.ts';

/** Rally points as somebody edits them, before they are sent. */
export interface RallyDraft {
  readonly systemId: number;
  readonly points: readonly DraftPoint[];
  /** Index of the point that the next click on the map places; as many as there are points: a new one. */
  readonly placing: number | null;
}

export interface DraftPoint {
  /** Its own among the points of the draft, whatever comes and goes. */
  readonly id: number;
  readonly position: Position;
  /** Above home, in the person's units, as typed. */
  readonly typed: string;
}

export interface RallyPoint {
  readonly position: Position;
  readonly altitudeRelativeHomeM: number;
}

/** MAV_CMD_NAV_RALLY_POINT. */
const RALLY_POINT = 5_100;
const FEET_PER_METRE = 1 / 0.3048;
const NEW_ALTITUDE_M = 40;
/** 14 CFR 107.51: 400 feet. */
const [LOWEST_M, HIGHEST_M] = [2, 120];
export const MOST_RALLY_POINTS = 50;

const perMetre = (units: UnitSystem): number => (units === 'aviation' ? FEET_PER_METRE : 1);

/** What the vehicle holds, to be changed. An altitude of another datum is left to be typed where home is not known. */
export function draftOf(
  systemId: number,
  items: readonly VehiclePlanItem[],
  homeAmslM: number | null,
  units: UnitSystem,
): RallyDraft {
  const points = items
    .filter(({ command }) => command === RALLY_POINT)
    .map(({ latitudeDeg, longitudeDeg, altitudeM, frame }, id) => {
      const aboveHomeM = altitudeAboveHome(altitudeM, frame, homeAmslM);
      const typed = aboveHomeM === null ? '' : String(Math.round(aboveHomeM * perMetre(units)));
      return { id, position: { latitudeDeg, longitudeDeg }, typed };
    });
  return { systemId, points, placing: null };
}

function altitudeAboveHome(altitudeM: number, frame: number, homeAmslM: number | null): number | null {
  const datum = datumText(frame);
  if (datum === 'above home') return altitudeM;
  return datum === 'AMSL' && homeAmslM !== null ? altitudeM - homeAmslM : null;
}

/** The point that is being placed comes to lie there; a new one has the last one's altitude. */
export function placed(draft: RallyDraft, position: Position, units: UnitSystem): RallyDraft {
  const { placing, points } = draft;
  if (placing === null) return draft;
  const newAltitude = points.at(-1)?.typed ?? String(Math.round(NEW_ALTITUDE_M * perMetre(units)));
  const moved =
    placing < points.length
      ? points.map((point, index) => (index === placing ? { ...point, position } : point))
      : [...points, { id: 1 + Math.max(-1, ...points.map(({ id }) => id)), position, typed: newAltitude }];
  return { ...draft, points: moved, placing: null };
}

export function withAltitude(draft: RallyDraft, index: number, typed: string): RallyDraft {
  return {
    ...draft,
    points: draft.points.map((point, at) => (at === index ? { ...point, typed } : point)),
  };
}

export function without(draft: RallyDraft, index: number): RallyDraft {
  return { ...draft, points: draft.points.filter((_, at) => at !== index), placing: null };
}

/** Null: not a height that may be flown. */
export function altitudeM({ typed }: DraftPoint, units: UnitSystem): number | null {
  const value = typedNumber(typed);
  const metres = value === null ? null : value / perMetre(units);
  return metres !== null && metres >= LOWEST_M && metres <= HIGHEST_M ? metres : null;
}

export function altitudeLimits(units: UnitSystem): string {
  const scale = perMetre(units);
  return `${Math.ceil(LOWEST_M * scale)} to ${Math.floor(HIGHEST_M * scale)} ${altitudeUnit(units)}`;
}

export function altitudeUnit(units: UnitSystem): string {
  return units === 'aviation' ? 'ft' : 'm';
}

/** Null: an altitude of one is missing or not allowed, or there is none. */
export function toSend({ points }: RallyDraft, units: UnitSystem): RallyPoint[] | null {
  const usable = points.flatMap((point) => {
    const altitudeRelativeHomeM = altitudeM(point, units);
    return altitudeRelativeHomeM === null ? [] : [{ position: point.position, altitudeRelativeHomeM }];
  });
  return usable.length === points.length && usable.length > 0 ? usable : null;
}
