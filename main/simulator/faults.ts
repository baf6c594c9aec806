/** What can go wrong, and the value a fault has when none is given. */
export const FAULT_DEFAULTS = {
  /** Probability that a frame is lost, in each direction. */
  'packet-loss': 0.2,
  /** Milliseconds that each frame is late, in each direction. */
  delay: 400,
  /** Probability that a frame overtakes others. */
  reordering: 0.2,
  'link-drop': 1,
  'gps-loss': 1,
  /** Volts of the bad cell below its neighbours. */
  'low-cell': 0.6,
  /** Percent that the battery drops to, once. */
  'low-battery': 15,
  /** Share of its thrust that motor 3 loses; from 0.9 it is dead, and the vehicle falls. */
  'motor-failure': 1,
  /** 1 is a loose arm; 0.1 a propeller that is slightly out of balance. */
  vibration: 1,
  'compass-error': 1,
  /** 1: the door jams while it opens; 2: while it closes. */
  'jammed-aed': 1,
  'inference-stopped': 1,
  'inference-degraded': 1,
  'hot-accelerator': 1,
  'refused-arm': 1,
  'person-free-scene': 1,
  'voice-lost': 1,
  /** Takes a mode by SET_MODE alone: MAV_CMD_DO_SET_MODE is not known. */
  'mode-by-message': 1,
  /** Takes commands as COMMAND_INT alone. */
  'commands-as-int': 1,
  /** Takes commands as COMMAND_LONG alone. */
  'commands-as-long': 1,
  /** FS_GCS_ENABLE = 1: return when the station's heartbeat is lost. Off by default, as in ArduCopter. */
  'gcs-failsafe': 1,
  /** The autopilot restarts, once. */
  reboot: 1,
} as const;

export type FaultName = keyof typeof FAULT_DEFAULTS;

/** From this share of thrust lost the other motors cannot make up for it. */
const DEAD_MOTOR_SHARE = 0.9;

export interface FaultRequest {
  /** A drone's id, or `*` for all. */
  readonly droneId: string;
  readonly fault: FaultName;
  readonly on: boolean;
  readonly value: number;
}

function isFaultName(text: string): text is FaultName {
  return Object.hasOwn(FAULT_DEFAULTS, text);
}

/** The faults of one vehicle that are switched on. */
export class ActiveFaults {
  readonly #values = new Map<FaultName, number>();

  set(fault: FaultName, on: boolean, value: number): void {
    if (on) this.#values.set(fault, value);
    else this.#values.delete(fault);
  }

  has(fault: FaultName): boolean {
    return this.#values.has(fault);
  }

  /** The fault's value, or 0 while it is off. */
  value(fault: FaultName): number {
    return this.#values.get(fault) ?? 0;
  }

  /** Whether a motor gives so little that the vehicle cannot fly. */
  get motorIsDead(): boolean {
    return this.value('motor-failure') >= DEAD_MOTOR_SHARE;
  }

  /** Whether the radio link needs anything but passing frames on. */
  get linkImpaired(): boolean {
    const faults = this.#values;
    return (
      faults.size > 0 &&
      (faults.has('packet-loss') ||
        faults.has('delay') ||
        faults.has('reordering') ||
        faults.has('link-drop'))
    );
  }
}

/**
 * Reads `Alpha-3:packet-loss=0.1`, or `packet-loss` for all drones.
 * @throws Error naming the known faults when the text is none of them.
 */
export function parseFault(text: string): FaultRequest {
  const colon = text.indexOf(':');
  const droneId = colon < 0 ? '*' : text.slice(0, colon);
  const [fault = '', value] = text.slice(colon + 1).split('=');
  return faultRequest(droneId, fault, value);
}

/**
 * Builds a request from words. `setting` is `on`, `off` or a number; nothing means on.
 * @throws Error when the fault is not known or the setting is none of these.
 */
export function faultRequest(droneId: string, fault: string, setting = 'on'): FaultRequest {
  if (!isFaultName(fault)) {
    throw new Error(`Unknown fault "${fault}". Known: ${Object.keys(FAULT_DEFAULTS).join(', ')}.`);
  }
  if (setting === 'on' || setting === 'off') {
    return { droneId, fault, on: setting === 'on', value: FAULT_DEFAULTS[fault] };
  }
  const value = Number(setting);
  if (setting === '' || !Number.isFinite(value) || value < 0) {
    throw new Error(`"${setting}" is no setting of ${fault}: give on, off or a number.`);
  }
  return { droneId, fault, on: true, value };
}
