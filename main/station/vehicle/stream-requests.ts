import { Refusal } from '../../../preload/contract/errors.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { MAV_CMD, MAV_DATA_STREAM, MAV_RESULT } from '../mavlink/generated/enums.ts';
import {
  ATTITUDE,
  AUTOPILOT_VERSION,
  BATTERY_STATUS,
  EKF_STATUS_REPORT,
  ESC_TELEMETRY_1_TO_4,
  EXTENDED_SYS_STATE,
  FENCE_STATUS,
  GLOBAL_POSITION_INT,
  GPS_RAW_INT,
  HOME_POSITION,
  MISSION_CURRENT,
  NAV_CONTROLLER_OUTPUT,
  REQUEST_DATA_STREAM,
  SERVO_OUTPUT_RAW,
  SYS_STATUS,
  SYSTEM_TIME,
  VFR_HUD,
  VIBRATION,
  WIND,
  WIND_COV,
} from '../mavlink/generated/messages.ts';
import type { CommandProtocol } from '../mavlink/protocol/command.ts';
import type { ProtocolPort } from '../mavlink/protocol/protocol-port.ts';

interface Wish {
  readonly messageId: number;
  readonly rateHz: number;
}

/** What decisions rest on comes first: a vehicle may be launched before the round is through. */
const WISHES: readonly Wish[] = [
  { messageId: GLOBAL_POSITION_INT.id, rateHz: 5 },
  { messageId: ATTITUDE.id, rateHz: 5 },
  { messageId: SYS_STATUS.id, rateHz: 1 },
  { messageId: EXTENDED_SYS_STATE.id, rateHz: 2 },
  { messageId: BATTERY_STATUS.id, rateHz: 1 },
  { messageId: GPS_RAW_INT.id, rateHz: 2 },
  { messageId: VFR_HUD.id, rateHz: 4 },
  { messageId: MISSION_CURRENT.id, rateHz: 2 },
  { messageId: HOME_POSITION.id, rateHz: 0.5 },
  { messageId: SYSTEM_TIME.id, rateHz: 1 },
  { messageId: EKF_STATUS_REPORT.id, rateHz: 1 },
  { messageId: VIBRATION.id, rateHz: 1 },
  { messageId: FENCE_STATUS.id, rateHz: 1 },
  { messageId: SERVO_OUTPUT_RAW.id, rateHz: 2 },
  { messageId: ESC_TELEMETRY_1_TO_4.id, rateHz: 2 },
  { messageId: NAV_CONTROLLER_OUTPUT.id, rateHz: 2 },
];
const WIND_BY_AUTOPILOT: Readonly<Record<VehicleState['autopilot'], Wish>> = {
  ARDUPILOT: { messageId: WIND.id, rateHz: 1 },
  PX4: { messageId: WIND_COV.id, rateHz: 1 },
  OTHER: { messageId: WIND_COV.id, rateHz: 1 },
};
const FALLBACK_RATE_HZ = 4;

const SILENT_MS = 5_000;
const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 30_000;
const MISSING_AGAIN_MS = 10_000;
const YIELD_MS = 100;

/** What the requests see of their vehicle. */
export interface StreamingVehicle {
  readonly systemId: number;
  readonly componentId: number;
  readonly autopilot: VehicleState['autopilot'];
  /** In contact, and no operator's command under way: those go first. */
  mayAsk(): boolean;
  readonly firmwareKnown: boolean;
  readonly homeKnown: boolean;
}

/**
 * Asks one vehicle for its telemetry, message by message, until it comes: ArduCopter sends nothing but heartbeats
 * unasked, answers nothing for a while after boot, and forgets what was asked when it boots.
 */
export class StreamRequests {
  readonly #vehicle: StreamingVehicle;
  readonly #commands: CommandProtocol;
  readonly #port: ProtocolPort;
  #running = false;
  #closed = false;
  #telemetryAtMs = Number.NEGATIVE_INFINITY;
  #nextRoundMs = Number.NEGATIVE_INFINITY;
  #nextMissingMs = Number.NEGATIVE_INFINITY;
  #retryMs = FIRST_RETRY_MS;

  /** `commands` must be its own: its commands are never broken off for an operator's. */
  constructor(vehicle: StreamingVehicle, commands: CommandProtocol, port: ProtocolPort) {
    this.#vehicle = vehicle;
    this.#commands = commands;
    this.#port = port;
  }

  /** Position or attitude came. */
  telemetryArrived(monotonicMs: number): void {
    this.#telemetryAtMs = monotonicMs;
  }

  /** The vehicle has forgotten what was asked, or is now heard over a path where nothing was asked. */
  askAgain(): void {
    this.#telemetryAtMs = Number.NEGATIVE_INFINITY;
    this.#nextRoundMs = Number.NEGATIVE_INFINITY;
    this.#retryMs = FIRST_RETRY_MS;
  }

  /** To be called a few times a second. */
  tick(monotonicMs: number): void {
    if (this.#running || this.#closed || !this.#vehicle.mayAsk()) return;
    const silent = monotonicMs - this.#telemetryAtMs > SILENT_MS;
    if (silent && monotonicMs >= this.#nextRoundMs) {
      this.#nextRoundMs = monotonicMs + this.#retryMs + SILENT_MS;
      this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
      this.#run(() => this.#round());
    } else if (!silent && monotonicMs >= this.#nextMissingMs) {
      this.#retryMs = FIRST_RETRY_MS;
      this.#nextMissingMs = monotonicMs + MISSING_AGAIN_MS;
      this.#run(() => this.#askMissing());
    }
  }

  close(): void {
    this.#closed = true;
    this.#commands.close();
  }

  #run(work: () => Promise<void>): void {
    this.#running = true;
    void work().finally(() => {
      this.#running = false;
    });
  }

  async #round(): Promise<void> {
    let positionRefused = false;
    for (const wish of [...WISHES, WIND_BY_AUTOPILOT[this.#vehicle.autopilot]]) {
      const result = await this.#ask(MAV_CMD.SET_MESSAGE_INTERVAL, wish.messageId, 1e6 / wish.rateHz);
      // It does not answer, or not now: the rest would fare the same. The next round tries again.
      if (result === null || result === MAV_RESULT.TEMPORARILY_REJECTED) return;
      if (wish.messageId === GLOBAL_POSITION_INT.id && result !== MAV_RESULT.ACCEPTED) positionRefused = true;
    }
    if (positionRefused) this.#askAllStreams();
  }

  async #askMissing(): Promise<void> {
    if (!this.#vehicle.firmwareKnown) await this.#ask(MAV_CMD.REQUEST_MESSAGE, AUTOPILOT_VERSION.id);
    if (!this.#vehicle.homeKnown) await this.#ask(MAV_CMD.REQUEST_MESSAGE, HOME_POSITION.id);
  }

  /** MAV_RESULT, or null when there was no answer. */
  async #ask(command: number, param1: number, param2 = 0): Promise<number | null> {
    while (!this.#vehicle.mayAsk()) {
      if (this.#closed) return null;
      await new Promise<void>((resolve) => void this.#port.clock.after(YIELD_MS, resolve));
    }
    const { systemId, componentId } = this.#vehicle;
    try {
      const outcome = await this.#commands.run({
        systemId,
        componentId,
        command,
        parameters: [param1, param2, 0, 0, 0, 0, 0],
      });
      if (outcome.state === 'UNKNOWN') return null;
      return outcome.state === 'ACCEPTED' ? MAV_RESULT.ACCEPTED : outcome.result;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // No link at this moment is no answer; the link itself tells what is wrong with it.
      return null;
    }
  }

  /** The older way, for autopilots that know no message intervals. Nobody answers it. */
  #askAllStreams(): void {
    try {
      this.#port.send(REQUEST_DATA_STREAM, {
        targetSystem: this.#vehicle.systemId,
        targetComponent: this.#vehicle.componentId,
        reqStreamId: MAV_DATA_STREAM.ALL,
        reqMessageRate: FALLBACK_RATE_HZ,
        startStop: 1,
      });
    } catch (error) {
      // As above: the next round tries again.
      if (!(error instanceof Refusal)) throw error;
    }
  }
}
