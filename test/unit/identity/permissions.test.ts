import { expect, test } from 'vitest';
import { allow, allowAdministrator } from '../../../main/station/api/implementer.ts';
import { PERMISSION_PRESETS, permission, permissionsOf } from '../../../preload/contract/permissions.ts';

const person = (
  permissions: ReturnType<typeof permissionsOf>,
  role: 'DISPATCHER' | 'ADMIN' = 'DISPATCHER',
) => ({
  dispatcherId: 'ana',
  displayName: 'Ana Ruiz',
  role,
  permissions,
});

test('a role grants what its holders need, unless the permissions were chosen one by one', () => {
  expect(permissionsOf('DISPATCHER', null)).toEqual([
    'take_calls',
    'launch',
    'fly_missions',
    'record_outcomes',
  ]);
  expect(permissionsOf('SUPERVISOR', null)).toEqual(permission.options);
  expect(permissionsOf('DISPATCHER', PERMISSION_PRESETS.TECHNICIAN)).toEqual([
    'maintain_drones',
    'register_drones',
  ]);
  expect(permissionsOf('DISPATCHER', PERMISSION_PRESETS.FIELD_OPERATOR)).not.toContain('take_calls');
  expect(permissionsOf('SUPERVISOR', [])).toEqual([]);
});

test('an administrator may everything in any case, and unknown words grant nothing', () => {
  expect(permissionsOf('ADMIN', [])).toEqual(permission.options);
  expect(permissionsOf('DISPATCHER', ['manage_people', 'launch', '*'])).toEqual(['launch']);
});

test('one of several permissions is enough; without any the sentence says what is missing and whom to ask', () => {
  const technician = person(permissionsOf('DISPATCHER', PERMISSION_PRESETS.TECHNICIAN));
  expect(() => allow(technician, 'take_calls', 'maintain_drones')).not.toThrow();
  expect(() => allow(technician, 'launch')).toThrow('Your account may not launch drones. Ask a supervisor');
});

test('no permission makes an administrator', () => {
  expect(() => allowAdministrator(person([...permission.options]))).toThrow('Only administrators');
  expect(() => allowAdministrator(person([], 'ADMIN'))).not.toThrow();
});
