import type { MavLinkData } from 'node-mavlink';
import type { AirframeTraits } from './airframe-traits.ts';
import type { Autopilot } from './autopilot.ts';
import type { Random } from './random.ts';
import type { Wind } from './wind.ts';

export interface TelemetrySource {
  readonly autopilot: Autopilot;
  readonly wind: Wind;
  readonly traits: AirframeTraits;
  readonly random: Random;
  readonly systemId: number;
  /** What the servo of the AED door is told, µs. */
  doorServoUs(): number;
  /** UTC of the vehicle's GPS clock, milliseconds. */
  utcMs(): number;
}

/** How one message is made of the vehicle's state. */
export type Maker = readonly [messageId: number, make: (source: TelemetrySource) => MavLinkData];

export const DEGREES = 180 / Math.PI;
/** What MAVLink's unsigned 16-bit fields hold when there is no value. */
export const NOT_MEASURED = 0xffff;

export function bootMs({ autopilot }: TelemetrySource): number {
  return Math.round(autopilot.bootMs);
}

export function bootUs(source: TelemetrySource): bigint {
  return BigInt(Math.round(source.autopilot.bootMs * 1000));
}

/** 0 to 2 pi to hundredths of a degree, 0 to 35999. */
export function headingCdeg(yawRad: number): number {
  return Math.round(((yawRad * DEGREES + 360) % 360) * 100) % 36_000;
}
