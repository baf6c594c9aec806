import { MAV_AUTOPILOT, MAV_TYPE } from '../../mavlink/generated/enums.ts';
import { ardupilotCopter, ardupilotOther } from './ardupilot.ts';
import type { AutopilotHabits } from './autopilot.ts';
import { px4 } from './px4.ts';

const other: AutopilotHabits = {
  name: 'OTHER',
  firmwareName: 'Unknown autopilot',
  modeOf: () => ({ text: 'Unknown mode', kind: 'OTHER' }),
  modes: null,
  missionStartsWithHome: false,
  startsByCommand: true,
  uploadsItemByItem: true,
  repositionDatum: 'RELATIVE_HOME',
  commandLongDatum: null,
  parameterEncoding: 'BYTEWISE',
  offersParameterHash: false,
  logFolders: [],
  behaviours: [],
};

const COPTER_TYPES: ReadonlySet<number> = new Set([
  MAV_TYPE.QUADROTOR,
  MAV_TYPE.COAXIAL,
  MAV_TYPE.HELICOPTER,
  MAV_TYPE.HEXAROTOR,
  MAV_TYPE.OCTOROTOR,
  MAV_TYPE.TRICOPTER,
  MAV_TYPE.DODECAROTOR,
  MAV_TYPE.DECAROTOR,
]);

/** By HEARTBEAT's `autopilot` and `type`. */
export function habitsOf(autopilot: number, type: number): AutopilotHabits {
  if (autopilot === MAV_AUTOPILOT.PX4) return px4;
  if (autopilot !== MAV_AUTOPILOT.ARDUPILOTMEGA) return other;
  return COPTER_TYPES.has(type) ? ardupilotCopter : ardupilotOther;
}
