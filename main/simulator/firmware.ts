import { minimal } from 'node-mavlink';
import { type FlightMode, isFlightMode, MODE } from './flight-modes.ts';

/** In what a vehicle with one autopilot speaks differently from one with the other; it flies the same. */
export interface Firmware {
  readonly name: 'ARDUPILOT' | 'PX4';
  readonly autopilot: number;
  readonly banner: string;
  /** As AUTOPILOT_VERSION carries it. */
  readonly version: number;
  customMode(mode: FlightMode): number;
  /** The mode that MAV_CMD_DO_SET_MODE asks for; null: there is none such. */
  requestedMode(main: number, sub: number): FlightMode | null;
  /** As requestedMode, from SET_MODE's or HEARTBEAT's custom_mode. */
  modeOf(customMode: number): FlightMode | null;
  /** Entering the mission mode takes off; otherwise MAV_CMD_MISSION_START does. */
  readonly modeStartsMission: boolean;
  /** Item 0 of a mission is home, uploads overwrite item by item, and plans have no ids. */
  readonly missionKeepsHome: boolean;
  readonly logFolder: string;
}

export const ARDUCOPTER: Firmware = {
  name: 'ARDUPILOT',
  autopilot: minimal.MavAutopilot.ARDUPILOTMEGA,
  banner: 'ArduCopter V4.6.3 (simulated)',
  version: 0x04_06_03_ff,
  customMode: (mode) => mode,
  requestedMode: (main) => (isFlightMode(main) ? main : null),
  modeOf: (customMode) => (isFlightMode(customMode) ? customMode : null),
  modeStartsMission: false,
  missionKeepsHome: true,
  logFolder: 'APM/LOGS',
};

/** PX4's main mode and, for the automatic ones, sub mode (px4_custom_mode.h) of each mode that is flown here. */
const PX4_MODES: readonly (readonly [mode: FlightMode, main: number, sub: number])[] = [
  [MODE.GUIDED, 4, 3],
  [MODE.AUTO, 4, 4],
  [MODE.RTL, 4, 5],
  [MODE.LAND, 4, 6],
  [MODE.STABILIZE, 7, 0],
  [MODE.ALT_HOLD, 2, 0],
  [MODE.POSHOLD, 3, 0],
  // Entered by nobody: for PX4 both are holding.
  [MODE.LOITER, 4, 3],
  [MODE.BRAKE, 4, 3],
];

function px4Mode(main: number, sub: number): FlightMode | null {
  return PX4_MODES.find((known) => known[1] === main && known[2] === sub)?.[0] ?? null;
}

export const PX4: Firmware = {
  name: 'PX4',
  autopilot: minimal.MavAutopilot.PX4,
  banner: 'PX4 v1.16.0 (simulated)',
  version: 0x01_10_00_ff,
  customMode(mode) {
    const [, main = 0, sub = 0] = PX4_MODES.find((known) => known[0] === mode) ?? [];
    return main * 0x1_0000 + sub * 0x100_0000;
  },
  requestedMode: px4Mode,
  modeOf: (customMode) => px4Mode((customMode >>> 16) & 0xff, customMode >>> 24),
  modeStartsMission: true,
  missionKeepsHome: false,
  logFolder: 'fs/microsd/log/2026-03-14',
};
