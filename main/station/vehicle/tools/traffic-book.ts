import type { Frame } from '../../mavlink/frame.ts';
import {
  ADSB_VEHICLE,
  OPEN_DRONE_ID_BASIC_ID,
  OPEN_DRONE_ID_LOCATION,
} from '../../mavlink/generated/messages.ts';

/** ADSB_FLAGS: which of the fields are valid. */
const VALID = { POSITION: 1, ALTITUDE: 2, HEADING: 4, VELOCITY: 8, CALLSIGN: 16, CLIMB: 128 } as const;
/** ADSB_ALTITUDE_TYPE_PRESSURE_QNH. */
const PRESSURE = 0;
/** OPEN_DRONE_ID_LOCATION: what stands for "not known" in its fields. */
const UNKNOWN = { ALTITUDE_M: -1_000, DIRECTION: 36_100, SPEED: 25_500, CLIMB: 6_300 } as const;
const MOST_AIRCRAFT = 500;
const FORGET_MS = 60_000;

export interface TrafficAircraft {
  readonly source: 'ADS_B' | 'REMOTE_ID';
  /** The 24-bit address, six hexadecimal digits; of Remote ID the serial number, or the radio's address. */
  readonly aircraftId: string;
  readonly callsign: string | null;
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly altitudeM: number | null;
  /** Only heights above the sea level are comparable with a drone's to the metre. */
  readonly altitudeDatum: 'PRESSURE' | 'AMSL' | 'ELLIPSOID';
  readonly headingDeg: number | null;
  readonly groundSpeedMps: number | null;
  readonly climbRateMps: number | null;
  /** Since the aircraft itself was last heard by the receiver. */
  readonly ageMs: number;
  /** Whose receiver heard it. */
  readonly heardBySystemId: number;
}

type Known = Omit<TrafficAircraft, 'ageMs'> & { readonly heardAtMs: number };

/**
 * Aircraft that the vehicles' receivers hear: manned ones by ADS-B (ADSB_VEHICLE), other people's drones by Remote ID
 * (OPEN_DRONE_ID_*, whose `id_or_mac` names another than the vehicle itself). Forgotten after a minute of silence.
 */
export class TrafficBook {
  readonly #aircraft = new Map<string, Known>();
  /** By the radio's address: the serial number that it broadcasts. */
  readonly #serialNumbers = new Map<string, string>();

  receive(frame: Frame, monotonicMs: number): void {
    if (frame.messageId === ADSB_VEHICLE.id) this.#receiveAdsb(frame, monotonicMs);
    else if (frame.messageId === OPEN_DRONE_ID_LOCATION.id) this.#receiveLocation(frame, monotonicMs);
    else if (frame.messageId === OPEN_DRONE_ID_BASIC_ID.id) this.#receiveBasicId(frame);
  }

  list(monotonicMs: number): TrafficAircraft[] {
    for (const [key, { heardAtMs }] of this.#aircraft)
      if (monotonicMs - heardAtMs > FORGET_MS) this.#aircraft.delete(key);
    return [...this.#aircraft.values()].map(({ heardAtMs, ...aircraft }) => ({
      ...aircraft,
      ageMs: monotonicMs - heardAtMs,
    }));
  }

  #receiveAdsb(frame: Frame, monotonicMs: number): void {
    const message = ADSB_VEHICLE.read(frame);
    const valid = (flag: number): boolean => (message.flags & flag) !== 0;
    if (!valid(VALID.POSITION)) return;
    const aircraftId = (message.icaoAddress & 0xff_ffff).toString(16).padStart(6, '0');
    this.#keep(aircraftId, {
      source: 'ADS_B',
      aircraftId,
      callsign: valid(VALID.CALLSIGN) && message.callsign.trim() !== '' ? message.callsign.trim() : null,
      latitudeDeg: message.lat / 1e7,
      longitudeDeg: message.lon / 1e7,
      altitudeM: valid(VALID.ALTITUDE) ? message.altitude / 1e3 : null,
      altitudeDatum: message.altitudeType === PRESSURE ? 'PRESSURE' : 'AMSL',
      headingDeg: valid(VALID.HEADING) ? message.heading / 100 : null,
      groundSpeedMps: valid(VALID.VELOCITY) ? message.horVelocity / 100 : null,
      climbRateMps: valid(VALID.CLIMB) ? message.verVelocity / 100 : null,
      heardBySystemId: frame.systemId,
      heardAtMs: monotonicMs - message.tslc * 1_000,
    });
  }

  #receiveBasicId(frame: Frame): void {
    const { idOrMac, uasId } = OPEN_DRONE_ID_BASIC_ID.read(frame);
    const radio = radioOf(idOrMac);
    const serialNumber = textOf(uasId);
    if (radio === null || serialNumber === null) return;
    this.#serialNumbers.delete(radio);
    this.#serialNumbers.set(radio, serialNumber);
    dropOldest(this.#serialNumbers);
  }

  #receiveLocation(frame: Frame, monotonicMs: number): void {
    const message = OPEN_DRONE_ID_LOCATION.read(frame);
    const radio = radioOf(message.idOrMac);
    if (radio === null || (message.latitude === 0 && message.longitude === 0)) return;
    const geodetic = altitudeOf(message.altitudeGeodetic);
    this.#keep(`radio ${radio}`, {
      source: 'REMOTE_ID',
      aircraftId: this.#serialNumbers.get(radio) ?? radio,
      callsign: null,
      latitudeDeg: message.latitude / 1e7,
      longitudeDeg: message.longitude / 1e7,
      altitudeM: geodetic ?? altitudeOf(message.altitudeBarometric),
      altitudeDatum: geodetic === null ? 'PRESSURE' : 'ELLIPSOID',
      headingDeg: message.direction >= UNKNOWN.DIRECTION ? null : message.direction / 100,
      groundSpeedMps: message.speedHorizontal >= UNKNOWN.SPEED ? null : message.speedHorizontal / 100,
      climbRateMps: message.speedVertical >= UNKNOWN.CLIMB ? null : message.speedVertical / 100,
      heardBySystemId: frame.systemId,
      heardAtMs: monotonicMs,
    });
  }

  /** Two vehicles may relay the same aircraft: the fresher report counts. */
  #keep(key: string, known: Known): void {
    if (Math.abs(known.latitudeDeg) > 90 || Math.abs(known.longitudeDeg) > 180) return;
    if ((this.#aircraft.get(key)?.heardAtMs ?? Number.NEGATIVE_INFINITY) > known.heardAtMs) return;
    this.#aircraft.delete(key);
    this.#aircraft.set(key, known);
    dropOldest(this.#aircraft);
  }
}

/** Null: it is the vehicle's own, whose field is empty. */
export function radioOf(idOrMac: readonly number[]): string | null {
  const last = idOrMac.findLastIndex((byte) => byte !== 0);
  if (last < 0) return null;
  return idOrMac
    .slice(0, last + 1)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

function textOf(bytes: readonly number[]): string | null {
  const end = bytes.indexOf(0);
  const text = new TextDecoder().decode(Uint8Array.from(end < 0 ? bytes : bytes.slice(0, end))).trim();
  return text === '' ? null : text;
}

function altitudeOf(altitudeM: number): number | null {
  return Number.isFinite(altitudeM) && altitudeM > UNKNOWN.ALTITUDE_M ? altitudeM : null;
}

function dropOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (map.size > MOST_AIRCRAFT && oldest !== undefined) map.delete(oldest);
}
