import { type Permission, permission, type Role } from '../../../preload/contract/permissions.ts';
import type { Choice } from '../../ui/field.tsx';

export const ROLES: readonly Choice<Role>[] = [
  { value: 'DISPATCHER', label: 'Dispatcher' },
  { value: 'SUPERVISOR', label: 'Supervisor' },
  { value: 'ADMIN', label: 'Administrator' },
];

export function roleName(role: Role): string {
  return ROLES.find((choice) => choice.value === role)?.label ?? role;
}

export const PERMISSION_NAMES: Record<Permission, string> = {
  take_calls: 'Take calls and close emergencies',
  launch: 'Launch drones that may go',
  override_go_no_go: 'Override a no-go, with a reason',
  fly_missions: 'Direct missions in flight',
  record_outcomes: 'Record outcomes',
  maintain_drones: 'Return drones to service',
  register_drones: 'Register drones',
  edit_zones: 'Change no-fly zones',
  read_audit: 'Read the audit',
  manage_sync: 'Manage sync with the centre',
  manage_links: 'Change links, recordings and signing keys',
};

export function permissionsInWords(chosen: readonly Permission[] | null): string {
  if (chosen === null) return 'as the role';
  if (chosen.length === 0) return 'look and abort only';
  if (chosen.length === permission.options.length) return 'everything but accounts';
  return chosen.map((each) => PERMISSION_NAMES[each]).join(' · ');
}

const dateAndTime = new Intl.DateTimeFormat('en-GB', {
  day: '2-digit',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** 22 Nov 2026, 18:09:31 in the time of this place. */
export function localDateAndTime(instantMs: number): string {
  return dateAndTime.format(instantMs);
}
