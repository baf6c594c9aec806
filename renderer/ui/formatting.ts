import type { Position } from '../../preload/contract/geo.ts';
import type { UnitSystem } from '../state/settings.ts';

/** A number ready to be shown, with its unit apart so that it can be set smaller. */
export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

/** What stands where a value would be when there is none. */
export const NONE = '–';

const FEET_PER_METRE = 1 / 0.3048;
const KNOTS_PER_METRE_PER_SECOND = 3600 / 1852;
const METRES_PER_NAUTICAL_MILE = 1852;

export function altitude(altitudeM: number | null | undefined, units: UnitSystem): Quantity {
  const unit = units === 'aviation' ? 'ft' : 'm';
  if (altitudeM === null || altitudeM === undefined) return { value: NONE, unit };
  return units === 'aviation'
    ? { value: fixed(altitudeM * FEET_PER_METRE, 0), unit }
    : { value: fixed(altitudeM, 1), unit };
}

export function speed(speedMps: number | null | undefined, units: UnitSystem): Quantity {
  const unit = units === 'aviation' ? 'kt' : 'm/s';
  if (speedMps === null || speedMps === undefined) return { value: NONE, unit };
  return { value: fixed(units === 'aviation' ? speedMps * KNOTS_PER_METRE_PER_SECOND : speedMps, 1), unit };
}

/** Short distances in metres or feet, long ones in kilometres or nautical miles. */
export function distance(distanceM: number, units: UnitSystem): Quantity {
  if (units === 'aviation') {
    return distanceM < METRES_PER_NAUTICAL_MILE / 2
      ? { value: fixed(distanceM * FEET_PER_METRE, 0), unit: 'ft' }
      : { value: fixed(distanceM / METRES_PER_NAUTICAL_MILE, 1), unit: 'NM' };
  }
  return distanceM < 1000
    ? { value: fixed(distanceM, 0), unit: 'm' }
    : { value: fixed(distanceM / 1000, 1), unit: 'km' };
}

export function inWords(quantity: Quantity): string {
  return `${quantity.value} ${quantity.unit}`;
}

/** Speed as a person typed it, in their units, to metres per second. */
export function speedToMps(typed: number, units: UnitSystem): number {
  return units === 'aviation' ? typed / KNOTS_PER_METRE_PER_SECOND : typed;
}

/** Three digits, as headings are said: 027; 360 is 000. */
export function heading(headingDeg: number | null | undefined): string {
  if (headingDeg === null || headingDeg === undefined) return NONE;
  const whole = ((Math.round(headingDeg) % 360) + 360) % 360;
  return String(whole).padStart(3, '0');
}

const COMPASS = ['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW'] as const;

/** The nearest of the eight points of the compass. */
export function compassPoint(fromDeg: number): string {
  const index = ((Math.round(fromDeg / 45) % 8) + 8) % 8;
  return COMPASS[index] ?? 'N';
}

export function percent(value: number | null | undefined): Quantity {
  return { value: value === null || value === undefined ? NONE : fixed(value, 0), unit: '%' };
}

/** "1:12", "1:02:05": minutes and seconds, hours only when there are any. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, '0');
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, '0')}:${rest}`;
}

/** "7 s", "4 min", "3 h": for ages, where the order of magnitude is what matters. */
export function age(seconds: number): string {
  if (seconds < 90) return `${Math.floor(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

const localClock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** 14:23:47 in the time of this place. */
export function localTime(instantMs: number): string {
  return localClock.format(instantMs);
}

/** 18:23:47, UTC. */
export function utcTime(instantMs: number): string {
  return new Date(instantMs).toISOString().slice(11, 19);
}

/** 42.36382 N 71.05590 W: five digits are about a metre. */
export function coordinates({ latitudeDeg, longitudeDeg }: Position): string {
  const latitude = `${Math.abs(latitudeDeg).toFixed(5)} ${latitudeDeg < 0 ? 'S' : 'N'}`;
  return `${latitude} ${Math.abs(longitudeDeg).toFixed(5)} ${longitudeDeg < 0 ? 'W' : 'E'}`;
}

/** Fixed decimals, never "-0". */
function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;
}
