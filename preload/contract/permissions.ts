import { z } from 'zod';

export const role = z.enum(['DISPATCHER', 'SUPERVISOR', 'ADMIN']);
export type Role = z.infer<typeof role>;

/**
 * What a person may do beyond what everybody may who signed in: look, abort a mission, take a drone out of service,
 * change their own account. People are administered by the role ADMIN alone, so no permission can grant it.
 */
export const permission = z.enum([
  'take_calls',
  'launch',
  'override_go_no_go',
  'fly_missions',
  'record_outcomes',
  'maintain_drones',
  'register_drones',
  'edit_zones',
  'read_audit',
  'manage_sync',
  'manage_links',
]);
export type Permission = z.infer<typeof permission>;

/** What a role grants to somebody whose permissions were not chosen one by one. */
export const ROLE_PERMISSIONS: Record<Role, readonly Permission[]> = {
  DISPATCHER: ['take_calls', 'launch', 'fly_missions', 'record_outcomes'],
  SUPERVISOR: permission.options,
  ADMIN: permission.options,
};

/** Work that has no role of its own: sets to choose, for somebody with the role DISPATCHER. */
export const PERMISSION_PRESETS = {
  FIELD_OPERATOR: ['launch', 'fly_missions', 'record_outcomes'],
  TECHNICIAN: ['maintain_drones', 'register_drones'],
} as const satisfies Record<string, readonly Permission[]>;

/**
 * @param chosen permissions given to the person one by one; null: what the role grants. Words that are no permission
 *   of this version grant nothing.
 */
export function permissionsOf(holds: Role, chosen: readonly string[] | null): Permission[] {
  if (holds === 'ADMIN' || chosen === null) return [...ROLE_PERMISSIONS[holds]];
  return permission.options.filter((known) => chosen.includes(known));
}
