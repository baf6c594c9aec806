import type { AutopilotView } from './autopilot-view.ts';

/** Why the autopilot would refuse to arm now, in ArduPilot's words; empty when it would arm. */
export function preArmFailures(autopilot: AutopilotView): string[] {
  const { faults, battery } = autopilot;
  const booted = autopilot.bootShare;
  const failures: string[] = [];
  if (booted < 0.6) failures.push('PreArm: Accels inconsistent');
  if (!autopilot.hasPosition()) failures.push('PreArm: Need Position Estimate');
  if (booted < 0.9) failures.push('PreArm: waiting for home');
  else if (booted < 1) failures.push('PreArm: EKF attitude is bad');
  if (faults.has('gps-loss')) failures.push('PreArm: GPS 1: Bad fix');
  if (faults.has('compass-error')) failures.push('PreArm: Compasses inconsistent');
  if (faults.has('refused-arm')) failures.push('PreArm: Hardware safety switch');
  if (faults.motorIsDead) failures.push('PreArm: ESC 3 not responding');
  if (faults.has('low-cell')) failures.push('PreArm: Battery 1 cell voltage low');
  if (battery.remainingMah < autopilot.parameters.get('BATT_LOW_MAH')) {
    failures.push('PreArm: Battery 1 low capacity failsafe');
  }
  if (autopilot.airframe.crashed) failures.push('PreArm: Crash detected, reboot required');
  return failures;
}
