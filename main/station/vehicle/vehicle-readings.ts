import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { Frame } from '../mavlink/frame.ts';
import { MAV_MODE_FLAG, MAV_STATE } from '../mavlink/generated/enums.ts';
import {
  ATTITUDE,
  AUTOPILOT_VERSION,
  BATTERY_STATUS,
  EXTENDED_SYS_STATE,
  GLOBAL_POSITION_INT,
  GPS_RAW_INT,
  type Heartbeat,
  HIGH_LATENCY2,
  HOME_POSITION,
  MISSION_CURRENT,
  ONBOARD_COMPUTER_STATUS,
  SKYRESCUE_AED_STATUS,
  SKYRESCUE_INFERENCE_STATUS,
  SYS_STATUS,
  VFR_HUD,
  WIND,
  WIND_COV,
} from '../mavlink/generated/messages.ts';
import { habitsOf } from './autopilots/habits-of.ts';
import { BatteryReading } from './battery-reading.ts';
import {
  attitudeOf,
  firmwareVersionOf,
  gpsOf,
  groundVelocityOf,
  homeOf,
  landedStateOf,
  missionItemOf,
  positionOf,
  velocityOf,
  windCovOf,
  windOf,
} from './flight-readings.ts';
import { healthOf } from './health-reading.ts';
import { highLatencyOf } from './high-latency.ts';
import { aedOf, computerTemperatureC, inferenceOf } from './onboard-readings.ts';
import { OnboardSenses } from './onboard-senses.ts';
import { StatusTextLog } from './status-text-log.ts';

/** What only the registry knows of a vehicle. */
export type Reception = Pick<VehicleState, 'systemId' | 'isReplay' | 'contact' | 'lastHeardMsAgo' | 'links'>;

/** VFR_HUD comes four times a second: after this it is gone, and the position message counts again. */
const VELOCITY_FOR_MS = 2_000;
const LANDED_STATE_FOR_MS = 5_000;

/** Everything that one vehicle's messages say of it, each part replaced as it comes. */
export class VehicleReadings {
  readonly statusTexts = new StatusTextLog();
  heartbeat: Heartbeat;
  #position: VehicleState['position'] = null;
  #attitude: VehicleState['attitude'] = null;
  #velocity: VehicleState['velocity'] = null;
  #groundVelocity: VehicleState['velocity'] = null;
  #battery = new BatteryReading();
  #gps: VehicleState['gps'] = null;
  #landedState: VehicleState['landedState'] = 'UNKNOWN';
  #landedStateAtMs = Number.NEGATIVE_INFINITY;
  #home: VehicleState['home'] = null;
  #health: VehicleState['health'] = null;
  #wind: VehicleState['wind'] = null;
  #missionItem: VehicleState['missionItem'] = null;
  #inference: VehicleState['inference'] = null;
  readonly #senses = new OnboardSenses();
  #aed: VehicleState['aed'] = null;
  #temperatureC: number | null = null;
  #firmwareVersion: string | null = null;

  constructor(heartbeat: Heartbeat) {
    this.heartbeat = heartbeat;
  }

  get armed(): boolean {
    return (this.heartbeat.baseMode & MAV_MODE_FLAG.SAFETY_ARMED) !== 0;
  }

  get firmwareVersion(): string | null {
    return this.#firmwareVersion;
  }

  get home(): VehicleState['home'] {
    return this.#home;
  }

  get missionItem(): VehicleState['missionItem'] {
    return this.#missionItem;
  }

  /** Takes a message of the autopilot (other than its heartbeat). */
  acceptAutopilot(frame: Frame, nowMs: number): void {
    switch (frame.messageId) {
      case GLOBAL_POSITION_INT.id: {
        const message = GLOBAL_POSITION_INT.read(frame);
        this.#position = positionOf(message, nowMs);
        this.#groundVelocity = groundVelocityOf(message, nowMs);
        break;
      }
      case ATTITUDE.id:
        this.#attitude = attitudeOf(ATTITUDE.read(frame), nowMs);
        break;
      case VFR_HUD.id:
        this.#velocity = velocityOf(VFR_HUD.read(frame), nowMs);
        break;
      case SYS_STATUS.id: {
        const message = SYS_STATUS.read(frame);
        this.#battery.acceptSysStatus(message, nowMs);
        this.#health = healthOf(message, this.#habits().name, nowMs);
        break;
      }
      case BATTERY_STATUS.id:
        this.#battery.acceptBatteryStatus(BATTERY_STATUS.read(frame), nowMs);
        break;
      case GPS_RAW_INT.id:
        this.#gps = gpsOf(GPS_RAW_INT.read(frame), nowMs);
        break;
      case EXTENDED_SYS_STATE.id:
        this.#landedState = landedStateOf(EXTENDED_SYS_STATE.read(frame).landedState);
        this.#landedStateAtMs = nowMs;
        break;
      case MISSION_CURRENT.id:
        this.#missionItem = missionItemOf(MISSION_CURRENT.read(frame), nowMs);
        break;
      case HOME_POSITION.id:
        this.#home = homeOf(HOME_POSITION.read(frame));
        break;
      case WIND.id:
        this.#wind = windOf(WIND.read(frame), nowMs);
        break;
      case WIND_COV.id:
        this.#wind = windCovOf(WIND_COV.read(frame), nowMs);
        break;
      case AUTOPILOT_VERSION.id:
        this.#firmwareVersion = firmwareVersionOf(AUTOPILOT_VERSION.read(frame));
        break;
      case HIGH_LATENCY2.id: {
        const said = highLatencyOf(HIGH_LATENCY2.read(frame), this.#home, nowMs);
        this.#position = said.position ?? this.#position;
        this.#velocity = said.velocity;
        this.#wind = said.wind;
        if (said.battery !== null) this.#battery.acceptSimple(said.battery, nowMs);
        break;
      }
      default:
        this.acceptCompanion(frame, nowMs);
    }
  }

  /** Takes a message that any component of the vehicle may send. */
  acceptCompanion(frame: Frame, nowMs: number): void {
    switch (frame.messageId) {
      case SKYRESCUE_INFERENCE_STATUS.id:
        this.#inference = inferenceOf(SKYRESCUE_INFERENCE_STATUS.read(frame), this.#inference, nowMs);
        break;
      case SKYRESCUE_AED_STATUS.id:
        this.#aed = aedOf(SKYRESCUE_AED_STATUS.read(frame), nowMs);
        break;
      case ONBOARD_COMPUTER_STATUS.id:
        this.#temperatureC = computerTemperatureC(ONBOARD_COMPUTER_STATUS.read(frame));
        break;
      default:
        this.#senses.accept(frame, nowMs);
    }
  }

  /** What the autopilot knew before it began anew does not hold any more. */
  forgetBeforeReboot(): void {
    this.#home = null;
    this.#missionItem = null;
    this.#position = null;
    this.#health = null;
    this.#landedStateAtMs = Number.NEGATIVE_INFINITY;
    this.#firmwareVersion = null;
    this.#battery = new BatteryReading();
  }

  state(reception: Reception, nowMs: number): VehicleState {
    const habits = this.#habits();
    const mode = habits.modeOf(this.heartbeat.customMode);
    return {
      ...reception,
      autopilot: habits.name,
      firmware: this.#firmwareVersion === null ? null : `${habits.firmwareName} ${this.#firmwareVersion}`,
      position: this.#position,
      attitude: this.#attitude,
      velocity: this.#currentVelocity(),
      battery: this.#battery.reading(),
      gps: this.#gps,
      modeText: mode.text,
      modeKind: mode.kind,
      armed: this.armed,
      landedState: this.#currentLandedState(nowMs),
      home: this.#home,
      health: this.#health,
      wind: this.#wind,
      missionItem: this.#missionItem,
      inference: this.#inference,
      onboardSenses: this.#senses.reading(nowMs),
      aed: this.#aed,
      temperatureC: this.#temperatureC,
      statusTexts: this.statusTexts.list(nowMs),
    };
  }

  #habits(): ReturnType<typeof habitsOf> {
    return habitsOf(this.heartbeat.autopilot, this.heartbeat.type);
  }

  #currentVelocity(): VehicleState['velocity'] {
    const ground = this.#groundVelocity;
    const full = this.#velocity;
    if (full === null || ground === null) return full ?? ground;
    return ground.receivedAtMs - full.receivedAtMs > VELOCITY_FOR_MS ? ground : full;
  }

  /** Without EXTENDED_SYS_STATE, ArduPilot's heartbeat still tells: ACTIVE is flying, STANDBY is on the ground. */
  #currentLandedState(nowMs: number): VehicleState['landedState'] {
    if (nowMs - this.#landedStateAtMs <= LANDED_STATE_FOR_MS) return this.#landedState;
    if (this.#habits().name !== 'ARDUPILOT') return 'UNKNOWN';
    if (this.heartbeat.systemStatus === MAV_STATE.STANDBY) return 'ON_GROUND';
    return this.armed && this.heartbeat.systemStatus === MAV_STATE.ACTIVE ? 'IN_AIR' : 'UNKNOWN';
  }
}
