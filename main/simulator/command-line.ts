import { parseArgs } from 'node:util';
import { type FaultRequest, faultRequest, parseFault } from './faults.ts';
import { ARDUCOPTER, type Firmware, PX4 } from './firmware.ts';
import { MAXIMUM_DRONES } from './fleet-table.ts';
import type { SimulatedSigning } from './signing.ts';
import type { UdpTarget } from './udp-transport.ts';

export interface SimulatorOptions {
  readonly target: UdpTarget;
  readonly seed: number;
  /** Simulated seconds a real second. */
  readonly speed: number;
  /** When the drones' clocks and the wall clock were the same; null: at the start. */
  readonly timeAnchorMs: number | null;
  /** As asked for; more than MAXIMUM_DRONES are not made. */
  readonly drones: number;
  /** Where they all stand, pad by pad; null: at the bases of the demo. */
  readonly at: { readonly latitudeDeg: number; readonly longitudeDeg: number } | null;
  /** A file or the name of a built-in scenario. */
  readonly scenario: string | null;
  readonly faults: readonly FaultRequest[];
  readonly batteryPercent: ReadonlyMap<string, number>;
  readonly bootS: number;
  readonly eagerRates: boolean;
  readonly firmware: Firmware;
  /** At least so many parameters a drone. */
  readonly parameters: number;
  readonly peripherals: boolean;
  readonly exitWithParent: boolean;
  readonly dialectPath: string | null;
  readonly signing: SimulatedSigning;
}

export const USAGE = `Usage: node main/simulator/index.ts [options]
  --target HOST:PORT     where the station listens (127.0.0.1:14550)
  --drones N             how many, at most ${MAXIMUM_DRONES} (6)
  --at LAT/LON           all of them stand here (the bases of the demo)
  --seed N               repeats a run (1)
  --speed X              simulated time X times as fast (1)
  --time-anchor MS       with a speed: when the drones' clocks and the wall clock were the same (UTC, ms)
  --scenario FILE|NAME   scenario file (JSON) or built-in name
  --fault [DRONE:]FAULT[=VALUE]   may be repeated; without a drone for all
  --battery DRONE=PERCENT         may be repeated
  --boot-s S             seconds before a drone lets itself be armed (8)
  --eager-rates          stream about ten messages a second and drone unasked
  --autopilot NAME       ardupilot or px4 (ardupilot)
  --parameters N         at least so many parameters a drone (0)
  --peripherals          a camera, an ADS-B receiver and a radio modem on each drone
  --dialect FILE         skyrescue.xml
  --signing              take signing keys from the station (SETUP_SIGNING)
  --signing-key HEX      begin with this key of 32 bytes
  --exit-with-parent     end when standard input closes
While it runs, standard input takes lines:
  fault DRONE|* FAULT [on|off|VALUE]
  battery DRONE PERCENT`;

/** @throws Error in words when an option is not known or its value makes no sense. */
export function readCommandLine(args: readonly string[]): SimulatorOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: 'string', default: '127.0.0.1:14550' },
      seed: { type: 'string', default: '1' },
      speed: { type: 'string', default: '1' },
      'time-anchor': { type: 'string' },
      drones: { type: 'string', default: '6' },
      at: { type: 'string' },
      scenario: { type: 'string' },
      fault: { type: 'string', multiple: true, default: [] },
      battery: { type: 'string', multiple: true, default: [] },
      'boot-s': { type: 'string', default: '8' },
      'eager-rates': { type: 'boolean', default: false },
      autopilot: { type: 'string', default: 'ardupilot' },
      parameters: { type: 'string', default: '0' },
      peripherals: { type: 'boolean', default: false },
      'exit-with-parent': { type: 'boolean', default: false },
      dialect: { type: 'string' },
      signing: { type: 'boolean', default: false },
      'signing-key': { type: 'string' },
    },
  });
  return {
    target: readTarget(values.target),
    seed: readNumber('--seed', values.seed, 0, 0xffff_ffff),
    speed: readNumber('--speed', values.speed, 0.01, 100),
    timeAnchorMs:
      values['time-anchor'] === undefined
        ? null
        : readNumber('--time-anchor', values['time-anchor'], 0, 4_102_444_800_000),
    at: values.at === undefined ? null : readPlace(values.at),
    drones: Math.round(readNumber('--drones', values.drones, 1, 100_000)),
    scenario: values.scenario ?? null,
    faults: values.fault.map(parseFault),
    batteryPercent: new Map(values.battery.map(readBattery)),
    bootS: readNumber('--boot-s', values['boot-s'], 0, 3_600),
    eagerRates: values['eager-rates'],
    firmware: readFirmware(values.autopilot),
    parameters: Math.round(readNumber('--parameters', values.parameters, 0, 5_000)),
    peripherals: values.peripherals,
    exitWithParent: values['exit-with-parent'],
    dialectPath: values.dialect ?? null,
    signing: {
      obeysSetup: values.signing,
      key: values['signing-key'] === undefined ? null : readKey(values['signing-key']),
    },
  };
}

function readFirmware(text: string): Firmware {
  if (text === 'ardupilot') return ARDUCOPTER;
  if (text === 'px4') return PX4;
  throw new Error(`--autopilot must be ardupilot or px4, not "${text}".`);
}

function readKey(text: string): Buffer {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new Error('--signing-key must be 64 hexadecimal digits.');
  return Buffer.from(text, 'hex');
}

function readTarget(text: string): UdpTarget {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon);
  if (colon < 1) throw new Error(`--target must be HOST:PORT, not "${text}".`);
  return { host, port: readNumber('--target port', text.slice(colon + 1), 1, 65_535) };
}

function readPlace(text: string): { latitudeDeg: number; longitudeDeg: number } {
  const [latitude = '', longitude = ''] = text.split('/');
  return {
    latitudeDeg: readNumber('--at latitude', latitude, -90, 90),
    longitudeDeg: readNumber('--at longitude', longitude, -180, 180),
  };
}

function readNumber(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= low && value <= high)) {
    throw new Error(`${name} must be a number from ${low} to ${high}, not "${text}".`);
  }
  return value;
}

function readBattery(text: string): [droneId: string, percent: number] {
  const [droneId = '', percent = ''] = text.split('=');
  return [droneId, readNumber('--battery', percent, 0, 100)];
}

type ControlLine =
  | { kind: 'FAULT'; request: FaultRequest }
  | { kind: 'BATTERY'; droneId: string; percent: number };

/** One line typed while the simulator runs. @throws Error in words when it is none of the known ones. */
export function readControlLine(line: string): ControlLine {
  const [verb, droneId = '', word = '', setting] = line.trim().split(/\s+/);
  if (verb === 'fault') return { kind: 'FAULT', request: faultRequest(droneId, word, setting) };
  if (verb === 'battery') {
    return { kind: 'BATTERY', droneId, percent: readNumber('battery', word, 0, 100) };
  }
  throw new Error(
    `"${line.trim()}" is neither "fault DRONE FAULT [on|off|VALUE]" nor "battery DRONE PERCENT".`,
  );
}
