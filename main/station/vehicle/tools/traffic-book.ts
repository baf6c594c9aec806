import type { Frame } from '../../mavlink/frame.ts';
import { ADSB_VEHICLE } from '../../mavlink/generated/messages.ts';

/** ADSB_FLAGS: which of the fields are valid. */
const VALID = { POSITION: 1, ALTITUDE: 2, HEADING: 4, VELOCITY: 8, CALLSIGN: 16, CLIMB: 128 } as const;
/** ADSB_ALTITUDE_TYPE_PRESSURE_QNH. */
const PRESSURE = 0;
const MOST_AIRCRAFT = 500;
const FORGET_MS = 60_000;

export interface TrafficAircraft {
  /** The 24-bit address, six hexadecimal digits. */
  readonly icaoAddress: string;
  readonly callsign: string | null;
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly altitudeM: number | null;
  /** Pressure altitude is not comparable with height above sea level to the metre. */
  readonly altitudeDatum: 'PRESSURE' | 'AMSL';
  readonly headingDeg: number | null;
  readonly groundSpeedMps: number | null;
  readonly climbRateMps: number | null;
  /** Since the aircraft itself was last heard by the receiver. */
  readonly ageMs: number;
  /** Whose receiver heard it. */
  readonly heardBySystemId: number;
}

type Known = Omit<TrafficAircraft, 'ageMs'> & { readonly heardAtMs: number };

/** Manned traffic that the vehicles' receivers hear (ADSB_VEHICLE), forgotten after a minute of silence. */
export class TrafficBook {
  readonly #aircraft = new Map<number, Known>();

  receive(frame: Frame, monotonicMs: number): void {
    const message = ADSB_VEHICLE.read(frame);
    const { icaoAddress, flags } = message;
    const valid = (flag: number): boolean => (flags & flag) !== 0;
    if (!valid(VALID.POSITION) || Math.abs(message.lat) > 90e7 || Math.abs(message.lon) > 180e7) return;
    const heardAtMs = monotonicMs - message.tslc * 1_000;
    // Two vehicles may relay the same aircraft: the fresher report counts.
    if ((this.#aircraft.get(icaoAddress)?.heardAtMs ?? Number.NEGATIVE_INFINITY) > heardAtMs) return;
    this.#aircraft.delete(icaoAddress);
    this.#aircraft.set(icaoAddress, {
      icaoAddress: (icaoAddress & 0xff_ffff).toString(16).padStart(6, '0'),
      callsign: valid(VALID.CALLSIGN) && message.callsign.trim() !== '' ? message.callsign.trim() : null,
      latitudeDeg: message.lat / 1e7,
      longitudeDeg: message.lon / 1e7,
      altitudeM: valid(VALID.ALTITUDE) ? message.altitude / 1e3 : null,
      altitudeDatum: message.altitudeType === PRESSURE ? 'PRESSURE' : 'AMSL',
      headingDeg: valid(VALID.HEADING) ? message.heading / 100 : null,
      groundSpeedMps: valid(VALID.VELOCITY) ? message.horVelocity / 100 : null,
      climbRateMps: valid(VALID.CLIMB) ? message.verVelocity / 100 : null,
      heardBySystemId: frame.systemId,
      heardAtMs,
    });
    const [oldest] = this.#aircraft.keys();
    if (this.#aircraft.size > MOST_AIRCRAFT && oldest !== undefined) this.#aircraft.delete(oldest);
  }

  list(monotonicMs: number): TrafficAircraft[] {
    for (const [address, { heardAtMs }] of this.#aircraft)
      if (monotonicMs - heardAtMs > FORGET_MS) this.#aircraft.delete(address);
    return [...this.#aircraft.values()].map(({ heardAtMs, ...aircraft }) => ({
      ...aircraft,
      ageMs: monotonicMs - heardAtMs,
    }));
  }
}
