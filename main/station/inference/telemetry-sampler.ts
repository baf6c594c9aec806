import type { Frame } from '../mavlink/frame.ts';
import { MAV_LANDED_STATE, MAV_MODE_FLAG } from '../mavlink/generated/enums.ts';
import {
  ATTITUDE,
  BATTERY_STATUS,
  ESC_TELEMETRY_1_TO_4,
  EXTENDED_SYS_STATE,
  HEARTBEAT,
  NAV_CONTROLLER_OUTPUT,
  SERVO_OUTPUT_RAW,
  VFR_HUD,
  VIBRATION,
} from '../mavlink/generated/messages.ts';

/** Motors of the airframes that the detector was trained on. */
export const MOTOR_COUNT = 4;

/** What a quadcopter said of itself last, all of it fresh. Only made while it flies. */
export interface TelemetrySample {
  readonly voltageV: number;
  readonly currentA: number;
  readonly remainingPercent: number;
  /** Highest less lowest cell. */
  readonly cellSpreadV: number;
  /** m/s², as the autopilot filters it (ArduPilot: VIBRATION). */
  readonly vibrationMps2: readonly [x: number, y: number, z: number];
  /** Of all accelerometers since boot. */
  readonly clippings: number;
  readonly rollDeg: number;
  readonly pitchDeg: number;
  readonly desiredRollDeg: number;
  readonly desiredPitchDeg: number;
  readonly rollRateDps: number;
  readonly pitchRateDps: number;
  readonly yawRateDps: number;
  readonly motorPulsesUs: readonly number[];
  readonly motorSpeedsRpm: readonly number[];
  readonly escTemperaturesC: readonly number[];
  readonly airSpeedMps: number;
  readonly climbRateMps: number;
}

/** A part of a sample; its name in words, for who asks why there is no score. */
const PARTS = {
  battery: 'battery cells',
  vibration: 'vibration',
  attitude: 'attitude',
  desired: 'the attitude that the autopilot wants',
  outputs: 'motor outputs',
  esc: 'speed controllers',
  motion: 'airspeed and climb',
} as const;
type PartName = keyof typeof PARTS;

interface Parts {
  battery: Pick<TelemetrySample, 'voltageV' | 'currentA' | 'remainingPercent' | 'cellSpreadV'>;
  vibration: Pick<TelemetrySample, 'vibrationMps2' | 'clippings'>;
  attitude: Pick<TelemetrySample, 'rollDeg' | 'pitchDeg' | 'rollRateDps' | 'pitchRateDps' | 'yawRateDps'>;
  desired: Pick<TelemetrySample, 'desiredRollDeg' | 'desiredPitchDeg'>;
  outputs: Pick<TelemetrySample, 'motorPulsesUs'>;
  esc: Pick<TelemetrySample, 'motorSpeedsRpm' | 'escTemperaturesC'>;
  motion: Pick<TelemetrySample, 'airSpeedMps' | 'climbRateMps'>;
}

/** Each part comes at least once a second: what is older says nothing about now. */
const FRESH_MS = 3_000;
const AUTOPILOT_COMPONENT = 1;
const CELL_UNKNOWN_MV = 0xffff;
const DEGREES = 180 / Math.PI;

/** What one vehicle's messages say, kept until it is sampled. */
export class TelemetrySampler {
  readonly #parts: { [Name in PartName]?: { value: Parts[Name]; atMs: number } } = {};
  #armed = false;
  #airborneAtMs = Number.NEGATIVE_INFINITY;

  /** Takes a message of the vehicle; those of other components than the autopilot are not about its flight. */
  accept(frame: Frame, nowMs: number): void {
    if (frame.componentId !== AUTOPILOT_COMPONENT) return;
    switch (frame.messageId) {
      case HEARTBEAT.id:
        this.#armed = (HEARTBEAT.read(frame).baseMode & MAV_MODE_FLAG.SAFETY_ARMED) !== 0;
        return;
      case EXTENDED_SYS_STATE.id:
        this.#acceptLandedState(EXTENDED_SYS_STATE.read(frame).landedState, nowMs);
        return;
      case BATTERY_STATUS.id:
        this.#keep('battery', batteryOf(BATTERY_STATUS.read(frame)), nowMs);
        return;
      case VIBRATION.id: {
        const { vibrationX, vibrationY, vibrationZ, clipping0, clipping1, clipping2 } = VIBRATION.read(frame);
        const vibrationMps2 = [vibrationX, vibrationY, vibrationZ] as const;
        const clippings = clipping0 + clipping1 + clipping2;
        this.#keep('vibration', { vibrationMps2, clippings }, nowMs);
        return;
      }
      case ATTITUDE.id: {
        const { roll, pitch, rollspeed, pitchspeed, yawspeed } = ATTITUDE.read(frame);
        const rates = { rollRateDps: rollspeed, pitchRateDps: pitchspeed, yawRateDps: yawspeed };
        this.#keep('attitude', inDegrees({ rollDeg: roll, pitchDeg: pitch, ...rates }), nowMs);
        return;
      }
      case NAV_CONTROLLER_OUTPUT.id: {
        const { navRoll, navPitch } = NAV_CONTROLLER_OUTPUT.read(frame);
        this.#keep('desired', { desiredRollDeg: navRoll, desiredPitchDeg: navPitch }, nowMs);
        return;
      }
      case SERVO_OUTPUT_RAW.id: {
        const { servo1Raw, servo2Raw, servo3Raw, servo4Raw } = SERVO_OUTPUT_RAW.read(frame);
        this.#keep('outputs', { motorPulsesUs: [servo1Raw, servo2Raw, servo3Raw, servo4Raw] }, nowMs);
        return;
      }
      case ESC_TELEMETRY_1_TO_4.id: {
        const { rpm, temperature } = ESC_TELEMETRY_1_TO_4.read(frame);
        this.#keep('esc', { motorSpeedsRpm: rpm, escTemperaturesC: temperature }, nowMs);
        return;
      }
      case VFR_HUD.id: {
        const { airspeed, climb } = VFR_HUD.read(frame);
        this.#keep('motion', { airSpeedMps: airspeed, climbRateMps: climb }, nowMs);
        return;
      }
    }
  }

  /** Armed and in the air, neither taking off nor landing. */
  flies(nowMs: number): boolean {
    return this.#armed && nowMs - this.#airborneAtMs <= FRESH_MS;
  }

  /** It was in the air when it was heard last, and is not heard any more. */
  fellSilent(nowMs: number): boolean {
    return this.#armed && Number.isFinite(this.#airborneAtMs) && !this.flies(nowMs);
  }

  /** Null while it does not fly, or while a part is missing or old. */
  sample(nowMs: number): TelemetrySample | null {
    if (!this.flies(nowMs)) return null;
    const { battery, vibration, attitude, desired, outputs, esc, motion } = this.#parts;
    if (!battery || !vibration || !attitude || !desired || !outputs || !esc || !motion) return null;
    if (this.missing(nowMs).length > 0) return null;
    return {
      ...battery.value,
      ...vibration.value,
      ...attitude.value,
      ...desired.value,
      ...outputs.value,
      ...esc.value,
      ...motion.value,
    };
  }

  /** What does not come, in words. */
  missing(nowMs: number): string[] {
    return (Object.keys(PARTS) as PartName[])
      .filter((name) => nowMs - (this.#parts[name]?.atMs ?? Number.NEGATIVE_INFINITY) > FRESH_MS)
      .map((name) => PARTS[name]);
  }

  #acceptLandedState(landedState: number, nowMs: number): void {
    // Take-off and landing are flown near the ground, where nothing is as in the air.
    this.#airborneAtMs = landedState === MAV_LANDED_STATE.IN_AIR ? nowMs : Number.NEGATIVE_INFINITY;
  }

  #keep<Name extends PartName>(name: Name, value: Parts[Name] | null, nowMs: number): void {
    // A value that is no number would make every score that it enters none either.
    if (value === null || !Object.values(value).flat().every(Number.isFinite)) return;
    const parts: { [Key in Name]?: { value: Parts[Name]; atMs: number } } = this.#parts;
    parts[name] = { value, atMs: nowMs };
  }
}

function batteryOf(message: ReturnType<typeof BATTERY_STATUS.read>): Parts['battery'] | null {
  const cells = message.voltages.filter((millivolts) => millivolts !== CELL_UNKNOWN_MV && millivolts > 0);
  // One figure for the whole pack says nothing about its cells.
  if (cells.length < 2 || message.currentBattery < 0 || message.batteryRemaining < 0) return null;
  return {
    voltageV: cells.reduce((sum, millivolts) => sum + millivolts, 0) / 1_000,
    currentA: message.currentBattery / 100,
    remainingPercent: message.batteryRemaining,
    cellSpreadV: (Math.max(...cells) - Math.min(...cells)) / 1_000,
  };
}

function inDegrees<Angles extends Record<string, number>>(angles: Angles): Angles {
  return Object.fromEntries(
    Object.entries(angles).map(([name, radians]) => [name, radians * DEGREES]),
  ) as Angles;
}
