import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import {
  SKYRESCUE_COMPARTMENT_STATE as COMPARTMENT,
  SKYRESCUE_INFERENCE_STATE as INFERENCE,
  SKYRESCUE_TRISTATE as TRISTATE,
} from '../mavlink/generated/enums.ts';
import type {
  OnboardComputerStatus,
  SkyrescueAedStatus,
  SkyrescueInferenceStatus,
} from '../mavlink/generated/messages.ts';

type InferenceState = NonNullable<VehicleState['inference']>['state'];
type Compartment = NonNullable<VehicleState['aed']>['compartment'];

const UNKNOWN_INT16 = 0x7fff;
const UNKNOWN_INT8 = 0x7f;
const UNKNOWN_UINT8 = 0xff;

const INFERENCE_STATES: Readonly<Record<number, InferenceState>> = {
  [INFERENCE.LOADING]: 'LOADING',
  [INFERENCE.RUNNING]: 'RUNNING',
  [INFERENCE.DEGRADED]: 'DEGRADED',
  [INFERENCE.STOPPED]: 'STOPPED',
};

const COMPARTMENTS: Readonly<Record<number, Compartment>> = {
  [COMPARTMENT.CLOSED]: 'CLOSED',
  [COMPARTMENT.OPENING]: 'OPENING',
  [COMPARTMENT.OPEN]: 'OPEN',
  [COMPARTMENT.JAMMED]: 'JAMMED',
};

/** Reports come once a second. */
const KEPT_CONFIDENCES = 120;

export function inferenceOf(
  message: SkyrescueInferenceStatus,
  before: VehicleState['inference'],
  nowMs: number,
): VehicleState['inference'] {
  const confidence = Number.isFinite(message.landingZoneConfidence)
    ? Math.min(Math.max(message.landingZoneConfidence, 0), 1)
    : null;
  const known = before?.landingZoneConfidences ?? [];
  return {
    state: INFERENCE_STATES[message.state] ?? 'UNKNOWN',
    modelVersion: message.modelVersion,
    framesPerSecond: finiteOrZero(message.framesPerSecond),
    latencyMeanMs: finiteOrZero(message.latencyMean),
    latencyP95Ms: finiteOrZero(message.latencyP95),
    persons: message.persons,
    obstacles: message.obstacles,
    landingZoneConfidence: confidence,
    landingZoneConfidences: confidence === null ? known : [...known, confidence].slice(-KEPT_CONFIDENCES),
    temperatureC: centidegrees(message.acceleratorTemperature),
    receivedAtMs: nowMs,
  };
}

/** What the drone does not know counts as no: an AED that may be missing is not one to send. */
export function aedOf(message: SkyrescueAedStatus, nowMs: number): VehicleState['aed'] {
  return {
    compartment: COMPARTMENTS[message.compartment] ?? 'UNKNOWN',
    present: message.aedPresent === TRISTATE.YES,
    removed: message.aedRemoved === TRISTATE.YES,
    selfTestPassed:
      message.selfTest === TRISTATE.YES ? true : message.selfTest === TRISTATE.NO ? false : null,
    batteryPercent: message.aedBattery === UNKNOWN_UINT8 ? null : Math.min(message.aedBattery, 100),
    padExpiryMs: message.padExpiry === 0 ? null : message.padExpiry * 1_000,
    temperatureC: centidegrees(message.cabinetTemperature),
    receivedAtMs: nowMs,
  };
}

/** The hottest of what the onboard computer measures. */
export function computerTemperatureC(message: OnboardComputerStatus): number | null {
  const known = [message.temperatureBoard, ...message.temperatureCore].filter(
    (temperatureC) => temperatureC !== UNKNOWN_INT8,
  );
  return known.length === 0 ? null : Math.max(...known);
}

function centidegrees(value: number): number | null {
  return value === UNKNOWN_INT16 ? null : value / 100;
}

function finiteOrZero(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
