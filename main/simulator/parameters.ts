import { common, type MavLinkData } from 'node-mavlink';
import type { ReceivedFrame } from './wire.ts';
import { message } from './wire.ts';

const { INT8, INT16, INT32, REAL32 } = common.MavParamType;

/** Parameters of an ArduCopter that a station is likely to read, with this vehicle's values. */
const DEFAULTS: readonly (readonly [id: string, value: number, type: common.MavParamType])[] = [
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

/** Parameters sent a step of 20 ms while a list is being answered: 50 a second, as over a radio. */
const LIST_PERIOD_MS = 20;
/** What ArduPilot gives as the index of a parameter that nobody asked for by index. */
const NO_INDEX = 65_535;

/** The parameters and the vehicle's side of the parameter protocol. */
export class Parameters {
  readonly #ids = DEFAULTS.map(([id]) => id);
  readonly #types = new Map(DEFAULTS.map(([id, , type]) => [id, type]));
  readonly #values = new Map(DEFAULTS.map(([id, value]) => [id, value]));
  readonly #send: (data: MavLinkData) => void;
  #listAt = Number.POSITIVE_INFINITY;
  #nextAtMs = 0;

  constructor(systemId: number, send: (data: MavLinkData) => void) {
    this.#send = send;
    this.#values.set('SYSID_THISMAV', systemId);
  }

  /** @throws Error for a parameter that this vehicle does not have: that is a mistake in the simulator. */
  get(id: string): number {
    const value = this.#values.get(id);
    if (value === undefined) throw new Error(`There is no parameter ${id}.`);
    return value;
  }

  /** Changes a value on the vehicle's own account and says so, as ArduPilot does for what it saves by itself. */
  change(id: string, value: number): void {
    if (this.get(id) === value) return;
    this.#values.set(id, Math.fround(value));
    this.#answer(id, NO_INDEX);
  }

  receive(frame: ReceivedFrame): void {
    switch (frame.messageId) {
      case common.ParamRequestList.MSG_ID:
        this.#listAt = 0;
        return;
      case common.ParamRequestRead.MSG_ID: {
        const request = frame.decode(common.ParamRequestRead);
        const index = request.paramIndex >= 0 ? request.paramIndex : this.#ids.indexOf(request.paramId);
        const id = this.#ids[index];
        if (id !== undefined) this.#answer(id, index);
        return;
      }
      case common.ParamSet.MSG_ID: {
        const request = frame.decode(common.ParamSet);
        if (!this.#values.has(request.paramId) || !Number.isFinite(request.paramValue)) return;
        const type = this.#types.get(request.paramId);
        const value = type === REAL32 ? request.paramValue : Math.trunc(request.paramValue);
        this.#values.set(request.paramId, value);
        this.#answer(request.paramId, NO_INDEX);
        return;
      }
    }
  }

  step(nowMs: number): void {
    if (this.#listAt >= this.#ids.length || nowMs < this.#nextAtMs) return;
    this.#nextAtMs = nowMs + LIST_PERIOD_MS;
    const id = this.#ids[this.#listAt];
    if (id !== undefined) this.#answer(id, this.#listAt);
    this.#listAt++;
  }

  #answer(id: string, index: number): void {
    this.#send(
      message(common.ParamValue, {
        paramId: id,
        paramValue: this.get(id),
        paramType: this.#types.get(id) ?? REAL32,
        paramCount: this.#ids.length,
        paramIndex: index,
      }),
    );
  }
}
