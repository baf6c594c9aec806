import { ARDUCOPTER_BEHAVIOURS } from './ardupilot-behaviours.ts';
import type { AutopilotHabits, FlightMode, ModeRequest } from './autopilot.ts';

/** ArduCopter's flight mode numbers (ArduCopter/mode.h, Mode::Number). */
const COPTER_MODES: ReadonlyMap<number, FlightMode> = new Map([
  [0, { text: 'Stabilize', kind: 'MANUAL' }],
  [1, { text: 'Acro', kind: 'MANUAL' }],
  [2, { text: 'Altitude hold', kind: 'MANUAL' }],
  [3, { text: 'Auto', kind: 'MISSION' }],
  [4, { text: 'Guided', kind: 'GUIDED' }],
  [5, { text: 'Loiter', kind: 'HOLD' }],
  [6, { text: 'Return to launch', kind: 'RETURN' }],
  [7, { text: 'Circle', kind: 'OTHER' }],
  [9, { text: 'Land', kind: 'LAND' }],
  [11, { text: 'Drift', kind: 'MANUAL' }],
  [13, { text: 'Sport', kind: 'MANUAL' }],
  [14, { text: 'Flip', kind: 'MANUAL' }],
  [15, { text: 'Autotune', kind: 'MANUAL' }],
  [16, { text: 'Position hold', kind: 'HOLD' }],
  [17, { text: 'Brake', kind: 'HOLD' }],
  [18, { text: 'Throw', kind: 'OTHER' }],
  [19, { text: 'Avoiding traffic', kind: 'OTHER' }],
  [20, { text: 'Guided without GPS', kind: 'GUIDED' }],
  [21, { text: 'Smart return to launch', kind: 'RETURN' }],
  [22, { text: 'Flow hold', kind: 'HOLD' }],
  [23, { text: 'Follow', kind: 'OTHER' }],
  [24, { text: 'Zigzag', kind: 'OTHER' }],
  [25, { text: 'System identification', kind: 'MANUAL' }],
  [26, { text: 'Autorotation', kind: 'LAND' }],
  [27, { text: 'Auto return to launch', kind: 'RETURN' }],
  [28, { text: 'Turtle', kind: 'MANUAL' }],
]);

const mode = (text: string, customMode: number): ModeRequest => ({
  text,
  mode: customMode,
  subMode: 0,
  customMode,
});

const SHARED = {
  name: 'ARDUPILOT',
  missionStartsWithHome: true,
  startsByCommand: true,
  uploadsItemByItem: true,
  repositionDatum: 'RELATIVE_HOME',
  commandLongDatum: null,
  parameterEncoding: 'C_CAST',
  offersParameterHash: false,
  logFolders: ['/APM/LOGS', '@SYS/logs', 'logs'],
} as const;

export const ardupilotCopter: AutopilotHabits = {
  ...SHARED,
  firmwareName: 'ArduCopter',
  modeOf: (customMode) => COPTER_MODES.get(customMode) ?? { text: 'Unknown mode', kind: 'OTHER' },
  modes: {
    arming: mode('Guided', 4),
    mission: mode('Auto', 3),
    // Loiter comes last: it obeys the sticks, and there may be nobody at the sticks.
    hold: [mode('Brake', 17), mode('Guided', 4), mode('Loiter', 5)],
    returnHome: mode('Return to launch', 6),
    land: mode('Land', 9),
  },
  behaviours: ARDUCOPTER_BEHAVIOURS,
};

/** Planes, rovers and boats number their modes differently: they are shown, and not flown. */
export const ardupilotOther: AutopilotHabits = {
  ...SHARED,
  firmwareName: 'ArduPilot',
  modeOf: () => ({ text: 'Mode of another vehicle type', kind: 'OTHER' }),
  modes: null,
  behaviours: [],
};
