import { Refusal } from '../../../preload/contract/errors.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';

/**
 * Only what surely stands on the ground, disarmed and on nobody's mission, has anything moved.
 * @param busy why nobody may touch the drone now, in words; null: nobody flies it
 * @param nothing what therefore was not done: "No motor was turned."
 */
export function requireBenchState(state: VehicleState, busy: string | null, nothing: string): void {
  const reason = reasonAgainst(state) ?? busy;
  if (reason !== null) throw new Refusal('CONFLICT', `${reason} ${nothing}`);
  if (state.contact !== 'LIVE')
    throw new Refusal('DRONE_OUT_OF_CONTACT', `The drone is out of contact. ${nothing}`);
}

function reasonAgainst({ armed, landedState, isReplay }: VehicleState): string | null {
  if (isReplay) return 'This is a recording.';
  if (armed) return 'The drone is armed.';
  if (landedState === 'UNKNOWN') return 'The drone does not say that it is on the ground.';
  return landedState === 'ON_GROUND' ? null : 'The drone is in the air.';
}
