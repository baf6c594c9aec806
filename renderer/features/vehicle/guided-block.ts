import type { FleetDetail } from '../../../preload/contract/fleet.ts';
import type { Person } from '../../../preload/contract/session.ts';

type Vehicle = NonNullable<FleetDetail['vehicle']>;

export function isFlying({ armed, landedState }: Vehicle): boolean {
  return armed && landedState !== 'ON_GROUND';
}

/** Why nobody may fly it by hand now, in words; null: somebody may. */
export function guidedBlock(
  vehicle: Vehicle,
  { onMission, person }: { onMission: boolean; person: Person },
): string | null {
  if (vehicle.isReplay) return 'This is a recording: nothing can be sent.';
  if (onMission) return 'It flies a mission: use the actions of the mission, or abort it.';
  if (!person.permissions.includes('fly_missions')) return 'Your role may not fly drones: ask a supervisor.';
  if (vehicle.contact === 'LOST') return 'No contact with it: nothing would arrive.';
  return null;
}
