import type { AutopilotHabits, FlightMode, ModeRequest } from './autopilot.ts';
import { PX4_BEHAVIOURS } from './px4-behaviours.ts';

/** PX4's main modes (src/modules/commander/px4_custom_mode.h): bits 16–23 of custom_mode; the sub mode: bits 24–31. */
const AUTO = 4;
const MAIN_MODES: ReadonlyMap<number, FlightMode> = new Map([
  [1, { text: 'Manual', kind: 'MANUAL' }],
  [2, { text: 'Altitude', kind: 'MANUAL' }],
  [3, { text: 'Position', kind: 'MANUAL' }],
  [5, { text: 'Acro', kind: 'MANUAL' }],
  [6, { text: 'Offboard', kind: 'GUIDED' }],
  [7, { text: 'Stabilized', kind: 'MANUAL' }],
  [8, { text: 'Rattitude', kind: 'MANUAL' }],
  [10, { text: 'Flight terminated', kind: 'OTHER' }],
]);
const AUTO_MODES: ReadonlyMap<number, FlightMode> = new Map([
  [1, { text: 'Ready', kind: 'HOLD' }],
  [2, { text: 'Takeoff', kind: 'OTHER' }],
  [3, { text: 'Hold', kind: 'HOLD' }],
  [4, { text: 'Mission', kind: 'MISSION' }],
  [5, { text: 'Return', kind: 'RETURN' }],
  [6, { text: 'Land', kind: 'LAND' }],
  [8, { text: 'Follow', kind: 'OTHER' }],
  [9, { text: 'Precision landing', kind: 'LAND' }],
  [10, { text: 'Takeoff', kind: 'OTHER' }],
]);

const auto = (text: string, subMode: number): ModeRequest => ({
  text,
  mode: AUTO,
  subMode,
  customMode: AUTO * 0x1_0000 + subMode * 0x100_0000,
});

export const px4: AutopilotHabits = {
  name: 'PX4',
  firmwareName: 'PX4',
  modeOf(customMode) {
    const main = (customMode >>> 16) & 0xff;
    const mode = main === AUTO ? AUTO_MODES.get(customMode >>> 24) : MAIN_MODES.get(main);
    return mode ?? { text: 'Unknown mode', kind: 'OTHER' };
  },
  modes: {
    arming: auto('Hold', 3),
    mission: auto('Mission', 4),
    hold: [auto('Hold', 3)],
    returnHome: auto('Return', 5),
    land: auto('Land', 6),
  },
  missionStartsWithHome: false,
  startsByCommand: false,
  uploadsItemByItem: false,
  repositionDatum: 'AMSL',
  commandLongDatum: 'AMSL',
  parameterEncoding: 'BYTEWISE',
  offersParameterHash: true,
  logFolders: ['/fs/microsd/log'],
  behaviours: PX4_BEHAVIOURS,
};
