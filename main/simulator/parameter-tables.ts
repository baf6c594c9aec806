import { common } from 'node-mavlink';

const { INT8, INT16, INT32, REAL32 } = common.MavParamType;

export type ParameterRow = readonly [id: string, value: number, type: common.MavParamType];

/** Parameters of an ArduCopter that a station is likely to read, with this vehicle's values. */
export const ARDUCOPTER_PARAMETERS: readonly ParameterRow[] = [
  ['ARMING_CHECK', 1, INT32],
  ['BATT_ARM_VOLT', 0, REAL32],
  ['BATT_CAPACITY', 17_000, INT32],
  ['BATT_CRT_MAH', 1_700, REAL32],
  ['BATT_CRT_VOLT', 0, REAL32],
  ['BATT_FS_CRT_ACT', 1, INT8],
  ['BATT_FS_LOW_ACT', 2, INT8],
  ['BATT_LOW_MAH', 3_400, REAL32],
  ['BATT_LOW_VOLT', 0, REAL32],
  ['BATT_MONITOR', 4, INT8],
  ['BRD_SAFETY_DEFLT', 0, INT8],
  ['COMPASS_USE', 1, INT8],
  ['DISARM_DELAY', 10, INT8],
  ['EK3_ENABLE', 1, INT8],
  ['FENCE_ACTION', 1, INT8],
  ['FENCE_ENABLE', 0, INT8],
  ['FENCE_MARGIN', 2, REAL32],
  ['FENCE_TOTAL', 0, INT8],
  ['FENCE_TYPE', 4, INT8],
  ['FRAME_CLASS', 1, INT8],
  ['FRAME_TYPE', 1, INT8],
  ['FS_CRASH_CHECK', 1, INT8],
  ['FS_EKF_ACTION', 1, INT8],
  ['FS_EKF_THRESH', 0.8, REAL32],
  ['FS_GCS_ENABLE', 0, INT8],
  ['FS_GCS_TIMEOUT', 5, REAL32],
  ['FS_THR_ENABLE', 0, INT8],
  ['GRIP_ENABLE', 1, INT8],
  ['INS_USE', 1, INT8],
  ['LAND_ALT_LOW', 1_000, REAL32],
  ['LAND_SPEED', 70, INT16],
  ['LAND_SPEED_HIGH', 200, INT16],
  ['LOG_BITMASK', 176_126, INT32],
  ['MIS_RESTART', 0, INT8],
  ['MIS_TOTAL', 0, INT16],
  ['PILOT_SPEED_UP', 250, INT16],
  ['RALLY_TOTAL', 0, INT8],
  ['RTL_ALT', 3_000, INT32],
  ['RTL_ALT_FINAL', 0, INT16],
  ['RTL_LOIT_TIME', 5_000, INT32],
  ['RTL_SPEED', 0, INT16],
  ['SERIAL0_PROTOCOL', 2, INT8],
  ['STAT_BOOTCNT', 12, INT16],
  ['SYSID_MYGCS', 255, INT16],
  ['SYSID_THISMAV', 1, INT16],
  ['WPNAV_ACCEL', 250, REAL32],
  ['WPNAV_RADIUS', 200, REAL32],
  ['WPNAV_SPEED', 1_800, REAL32],
  ['WPNAV_SPEED_DN', 200, REAL32],
  ['WPNAV_SPEED_UP', 300, REAL32],
];

/** Parameters of a PX4 multicopter; those that this simulator obeys are named in PX4_OBEYED. */
export const PX4_PARAMETERS: readonly ParameterRow[] = [
  ['BAT1_CAPACITY', 17_000, REAL32],
  ['BAT_CRIT_THR', 0.07, REAL32],
  ['BAT_LOW_THR', 0.15, REAL32],
  ['COM_DISARM_LAND', 2, REAL32],
  ['COM_LOW_BAT_ACT', 3, INT32],
  ['COM_OBL_RC_ACT', 0, INT32],
  ['GF_ACTION', 2, INT32],
  ['GF_MAX_HOR_DIST', 0, REAL32],
  ['GF_MAX_VER_DIST', 0, REAL32],
  ['MAV_SYS_ID', 1, INT32],
  ['MIS_TAKEOFF_ALT', 2.5, REAL32],
  ['MPC_XY_CRUISE', 18, REAL32],
  ['MPC_Z_VEL_MAX_DN', 2, REAL32],
  ['MPC_Z_VEL_MAX_UP', 3, REAL32],
  ['NAV_DLL_ACT', 0, INT32],
  ['NAV_RCL_ACT', 2, INT32],
  ['RTL_DESCEND_ALT', 30, REAL32],
  ['RTL_LAND_DELAY', 0, REAL32],
  ['RTL_RETURN_ALT', 30, REAL32],
  ['RTL_TYPE', 0, INT32],
  ['SDLOG_MODE', 0, INT32],
  ['SYS_AUTOSTART', 4_001, INT32],
];

/** By PX4's name: the parameter that is obeyed, and how many of its units one of PX4's is. */
export const PX4_OBEYED: ReadonlyMap<string, { readonly id: string; readonly factor: number }> = new Map([
  ['MPC_XY_CRUISE', { id: 'WPNAV_SPEED', factor: 100 }],
  ['MPC_Z_VEL_MAX_DN', { id: 'WPNAV_SPEED_DN', factor: 100 }],
  ['MPC_Z_VEL_MAX_UP', { id: 'WPNAV_SPEED_UP', factor: 100 }],
  ['RTL_RETURN_ALT', { id: 'RTL_ALT', factor: 100 }],
]);

/** Made up to fill a list: whole numbers and fractions, also negative ones. */
export function fillerParameters(count: number): ParameterRow[] {
  return Array.from({ length: Math.max(0, count) }, (_, index): ParameterRow => {
    const id = `SIM_OPT${String(index).padStart(4, '0')}`;
    return index % 2 === 0 ? [id, (index % 400) - 200, INT32] : [id, Math.fround(index / 7), REAL32];
  });
}
