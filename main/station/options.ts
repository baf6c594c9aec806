import { parseArgs } from 'node:util';
import { Refusal } from '../../preload/contract/errors.ts';
import type { Position } from '../../preload/contract/geo.ts';

/** What the command line may ask of the station, whichever host runs it. */
export interface StationArguments {
  dataDirectory: string | null;
  /** In the form of `udpin:127.0.0.1:14550`. */
  links: string[];
  registrations: RegistrationArgument[];
  /** Demo data and a demo account with a known password. Never on a station that serves. */
  demo: boolean;
  stationName: string | null;
  /** The first administrator of an empty station; the password comes from the environment. */
  firstAdministrator: string | null;
  /** How many times faster than the wall clock the station's time runs: only for a simulator at the same speed. */
  timeScale: number;
  /** UTC, ms: when the scaled time and the wall clock were the same; null: at this start. */
  timeAnchorMs: number | null;
  /** The central servers; null: as was set up on the page, or none. The token comes from the environment. */
  central: {
    serverUrl: string;
    stationId: string;
    authorityFile: string | null;
    redisUrl: string | null;
  } | null;
}

/** `Alpha-3=sysid:1,base:BOS-1`, optionally `,serial:SR-1000-0042` and `,at:42.3550/-71.0640` for a new base. */
export interface RegistrationArgument {
  droneId: string;
  systemId: number;
  baseStationId: string;
  serialNumber: string;
  basePosition: Position | null;
}

export interface HostArguments {
  station: StationArguments;
  open: boolean;
  port: number;
  help: boolean;
  /** Only this: the automatic part of a health check, then end. */
  healthCheck: { droneId: string; json: boolean } | null;
}

export const USAGE = `Options
  --headless                 run without Electron: page over HTTP, contract over WebSocket, on loopback
  --no-open                  do not open a window, print the address only
  --port N                   port of the page (default: a free one)
  --data-dir DIR             where the records are kept
  --link ADDRESS             udpin:HOST:PORT, udpout:HOST:PORT, tcp:HOST:PORT or serial:DEVICE:BAUD; may be
                             given more than once
  --register "ID=sysid:N,base:BASE[,serial:S][,at:LAT/LON]"
                             make a vehicle known; may be given more than once
  --create-admin NAME        first administrator of an empty station; password in SKYRESCUE_ADMIN_PASSWORD
  --station-name NAME        shown in the top bar
  --central URL              central server, postgres://HOST:PORT/DATABASE; needs --station-id, and the token that the
                             centre printed in SKYRESCUE_STATION_TOKEN
  --station-id ID            what the centre calls this station
  --central-ca FILE          certificate authority of the central servers (PEM)
  --redis URL                live marks of other stations, rediss://HOST:PORT
  --health-check DRONE       check this drone without turning motors, print what was found, and end: exit code 0 when
                             all passes, 1 when something fails, 2 when it cannot be told
  --json                     with --health-check: as one JSON object
  --demo                     demo data and a demo account (never on a station that serves)
  --time-scale X             with a simulator that runs X times faster
  --time-anchor MS           with a time scale: when it began (UTC, ms), for a station that is started again
  --help`;

/** Refuses (INVALID_INPUT) what it does not understand, naming the option. */
export function parseHostArguments(args: readonly string[]): HostArguments {
  const { values } = parse(args);
  return {
    open: values['no-open'] !== true,
    port: wholeNumber('--port', values.port ?? '0', 0, 65_535),
    help: values.help === true,
    healthCheck: healthCheckOf(values),
    station: {
      dataDirectory: values['data-dir'] ?? null,
      links: values.link ?? [],
      registrations: (values.register ?? []).map(parseRegistration),
      demo: values.demo === true,
      stationName: values['station-name'] ?? null,
      firstAdministrator: values['create-admin'] ?? null,
      timeScale: decimal('--time-scale', values['time-scale'] ?? '1', 0.1, 100),
      timeAnchorMs:
        values['time-anchor'] === undefined
          ? null
          : wholeNumber('--time-anchor', values['time-anchor'], 0, 4_102_444_800_000),
      central: centralOf(values),
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        headless: { type: 'boolean' },
        'no-open': { type: 'boolean' },
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        link: { type: 'string', multiple: true },
        register: { type: 'string', multiple: true },
        'create-admin': { type: 'string' },
        'station-name': { type: 'string' },
        demo: { type: 'boolean' },
        'time-scale': { type: 'string' },
        'time-anchor': { type: 'string' },
        central: { type: 'string' },
        'station-id': { type: 'string' },
        'central-ca': { type: 'string' },
        redis: { type: 'string' },
        'health-check': { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new Refusal('INVALID_INPUT', `${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function centralOf(values: {
  central?: string;
  'station-id'?: string;
  'central-ca'?: string;
  redis?: string;
}): StationArguments['central'] {
  const { central, 'station-id': stationId, 'central-ca': authorityFile = null, redis = null } = values;
  if (central === undefined) {
    if (stationId !== undefined || authorityFile !== null || redis !== null)
      throw new Refusal('INVALID_INPUT', '--station-id, --central-ca and --redis need --central.');
    return null;
  }
  if (stationId === undefined)
    throw new Refusal('INVALID_INPUT', '--central needs --station-id: what the centre calls this station.');
  return { serverUrl: central, stationId, authorityFile, redisUrl: redis };
}

function healthCheckOf(values: { 'health-check'?: string; json?: boolean }): HostArguments['healthCheck'] {
  const { 'health-check': droneId, json = false } = values;
  if (droneId !== undefined) return { droneId, json };
  if (json) throw new Refusal('INVALID_INPUT', '--json needs --health-check: which drone to check.');
  return null;
}

export function parseRegistration(text: string): RegistrationArgument {
  const refuse = (why: string): never => {
    throw new Refusal(
      'INVALID_INPUT',
      `--register "${text}": ${why} Write it like "Alpha-3=sysid:1,base:BOS-1".`,
    );
  };
  const [droneId = '', rest = ''] = text.split('=', 2);
  const fields = new Map(
    rest.split(',').map((part): [string, string] => {
      const colon = part.indexOf(':');
      return [part.slice(0, colon).trim(), part.slice(colon + 1).trim()];
    }),
  );
  for (const name of fields.keys())
    if (!['sysid', 'base', 'serial', 'at'].includes(name)) refuse(`"${name}" is not known here.`);
  if (!/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,49}$/.test(droneId))
    refuse('the drone id is missing or has other characters.');
  const systemId = Number(fields.get('sysid'));
  if (!Number.isInteger(systemId) || systemId < 1 || systemId > 254) refuse('sysid must be 1 to 254.');
  const baseStationId = fields.get('base') ?? '';
  if (baseStationId === '') refuse('the base is missing.');
  const at = fields.get('at');
  const [latitudeDeg, longitudeDeg] = (at ?? '').split('/').map(Number);
  const isPosition =
    latitudeDeg !== undefined &&
    longitudeDeg !== undefined &&
    Math.abs(latitudeDeg) <= 90 &&
    Math.abs(longitudeDeg) <= 180;
  if (at !== undefined && !isPosition) refuse('at must be latitude/longitude in degrees.');
  return {
    droneId,
    systemId,
    baseStationId,
    serialNumber: fields.get('serial') ?? `unknown-${droneId}`,
    basePosition: at !== undefined && isPosition ? { latitudeDeg, longitudeDeg } : null,
  };
}

function wholeNumber(option: string, text: string, minimum: number, maximum: number): number {
  const value = decimal(option, text, minimum, maximum);
  if (!Number.isInteger(value)) throw new Refusal('INVALID_INPUT', `${option} must be a whole number.`);
  return value;
}

function decimal(option: string, text: string, minimum: number, maximum: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= minimum && value <= maximum))
    throw new Refusal('INVALID_INPUT', `${option} must be a number from ${minimum} to ${maximum}.`);
  return value;
}
