import { Refusal } from '../../../preload/contract/errors.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { Aircraft, CommandOptions, CommandOutcome } from '../ports/aircraft.ts';
import type { Clock } from '../ports/clock.ts';
import type { AircraftCommand } from './mission-state.ts';

/** Reading the zones must not keep a rescue on the ground for longer. */
const READ_ZONES_WITHIN_MS = 2_000;

/** Reads the zones for a fence upload. Null: they could not be read in time. */
export async function readExclusions(
  exclusionsFor: (line: Position[]) => Promise<Position[][]>,
  line: readonly Position[],
  clock: Clock,
): Promise<Position[][] | null> {
  return within(clock, READ_ZONES_WITHIN_MS, exclusionsFor([...line]));
}

/** The result, or null when it is not there in time or failed. */
export async function within<Result>(
  clock: Clock,
  timeoutMs: number,
  work: Promise<Result>,
): Promise<Result | null> {
  return new Promise((resolve) => {
    const cancel = clock.after(timeoutMs, () => resolve(null));
    const settle = (result: Result | null): void => {
      cancel();
      resolve(result);
    };
    work.then(settle, () => settle(null));
  });
}

/** Hands one command to the vehicle. The first packet leaves before this returns, as far as the vehicle's link allows. */
export async function sendCommand(
  aircraft: Aircraft,
  command: Exclude<AircraftCommand, { kind: 'UPLOAD_EXCLUSIONS' }> | { kind: 'FENCE'; rings: Position[][] },
  options: CommandOptions,
): Promise<CommandOutcome> {
  try {
    switch (command.kind) {
      case 'UPLOAD_PLAN':
        return await aircraft.uploadPlan(command.items, options);
      case 'FENCE':
        return await aircraft.uploadExclusions(command.rings, options);
      case 'ARM':
        return await aircraft.arm({ ...options, setsHome: command.setsHome });
      case 'START':
        return await aircraft.startMission(options);
      case 'RESUME':
        return await aircraft.resumeMission(options);
      case 'HOLD':
        return await aircraft.hold(options);
      case 'RETURN_HOME':
        return await aircraft.returnHome(options);
      case 'LAND_HERE':
        return await aircraft.landHere(options);
      case 'RELEASE_AED':
        return await aircraft.releaseAed(options);
    }
  } catch (error) {
    // A refusal of the link means that nothing was sent; any other failure leaves open how far the command came.
    return error instanceof Refusal
      ? { state: 'REFUSED', sentence: error.message }
      : { state: 'UNKNOWN', sentence: `The command failed inside the station: ${String(error)}` };
  }
}
