import { MOTOR_COUNT } from './airframe-traits.ts';
import { gaussian } from './random.ts';
import type { TelemetrySource } from './telemetry-source.ts';

/** The motor that a fault of the motors is about; it stands front left. */
export const FAULTY_MOTOR = 2;
const HOVER_PULSE_US = 1_540;
const HOVER_RPM = 4_300;
/** At full throttle, without a propeller. */
const FULL_THROTTLE_RPM = 11_000;
/** Below this a motor makes no thrust worth mentioning; above, thrust grows with the square. */
const NO_THRUST_US = 1_100;

/** Share of thrust that a worn propeller or bearing costs, while the vehicle still flies. */
export function motorWear(source: Pick<TelemetrySource, 'autopilot'>): number {
  const { faults } = source.autopilot;
  return faults.motorIsDead ? 0 : faults.value('motor-failure');
}

/** How hard the air shakes the vehicle, as a factor: gusts, and what speed adds. */
export function roughness({ autopilot, wind }: TelemetrySource): number {
  const gustMps = Math.hypot(wind.gustNorthMps, wind.gustEastMps);
  return 1 + 0.12 * gustMps + 0.35 * (autopilot.airframe.airspeedMps / 15) ** 2;
}

/** What each motor is told, µs. A worn one needs more for the same thrust. */
export function motorPulsesUs(source: TelemetrySource): number[] {
  const { airframe, armed } = source.autopilot;
  if (!armed) {
    const { motor: tested, throttle } = source.autopilot.motorTest;
    return Array.from({ length: MOTOR_COUNT }, (_, motor) =>
      motor === tested ? 1_000 + 1_000 * throttle : 1_000,
    );
  }
  if (airframe.onGround) return Array<number>(MOTOR_COUNT).fill(1_150);
  const { rollRad, pitchRad } = airframe;
  const leans = [-rollRad - pitchRad, rollRad + pitchRad, rollRad - pitchRad, pitchRad - rollRad];
  const base = HOVER_PULSE_US + airframe.upMps * 20;
  return leans.map((lean, motor) => {
    const noiseUs = 4 * roughness(source) * gaussian(source.random);
    const pulseUs = base + lean * 60 + (source.traits.motorTrimUs[motor] ?? 0) + noiseUs;
    const wear = motor === FAULTY_MOTOR ? motorWear(source) : 0;
    const neededUs = NO_THRUST_US + (pulseUs - NO_THRUST_US) / Math.sqrt(1 - wear);
    return Math.round(Math.max(1_000, Math.min(1_950, neededUs)));
  });
}

/** What each motor turns at; 0 for one that is dead. */
export function motorSpeedsRpm(source: TelemetrySource): number[] {
  const { airframe, armed, faults, motorTest } = source.autopilot;
  if (!armed && motorTest.motor !== null) return testedSpeedsRpm(source);
  const rpm = !armed ? 0 : airframe.onGround ? 1_100 : HOVER_RPM + airframe.upMps * 150;
  return Array.from({ length: MOTOR_COUNT }, (_, motor) => {
    const faulty = motor === FAULTY_MOTOR;
    if (faulty && faults.motorIsDead) return 0;
    const lean = (motor % 2 === 0 ? airframe.rollRad : -airframe.pitchRad) * 300;
    if (rpm === 0 || airframe.onGround) return Math.max(0, Math.round(rpm));
    const gain = (source.traits.motorSpeedGain[motor] ?? 1) + 0.004 * gaussian(source.random);
    return Math.max(0, Math.round(((rpm + lean) * gain) / Math.sqrt(1 - (faulty ? motorWear(source) : 0))));
  });
}

/** A worn motor turns slower at the same throttle. */
function testedSpeedsRpm(source: TelemetrySource): number[] {
  const { faults, motorTest } = source.autopilot;
  return Array.from({ length: MOTOR_COUNT }, (_, motor) => {
    const dead = motor === FAULTY_MOTOR && faults.motorIsDead;
    if (motor !== motorTest.motor || dead) return 0;
    const wear = motor === FAULTY_MOTOR ? motorWear(source) : 0;
    const gain = (source.traits.motorSpeedGain[motor] ?? 1) + 0.004 * gaussian(source.random);
    return Math.round(FULL_THROTTLE_RPM * motorTest.throttle * gain * (1 - 0.6 * wear));
  });
}

/** What each motor draws, A. On the bench a worn one draws more. */
export function motorCurrentsA(source: TelemetrySource, speedsRpm: readonly number[]): number[] {
  const { battery, motorTest } = source.autopilot;
  return speedsRpm.map((rpm, motor) => {
    if (rpm === 0) return 0;
    if (motor !== motorTest.motor) return Math.max(0, battery.currentA / MOTOR_COUNT);
    const wear = motor === FAULTY_MOTOR ? motorWear(source) : 0;
    return (motorTest.powerW / battery.voltageV) * (1 + 1.5 * wear) * (1 + 0.02 * gaussian(source.random));
  });
}
