import { Checkbox, CheckboxGroup, Label } from 'react-aria-components';
import {
  PERMISSION_PRESETS,
  type Permission,
  permission,
  permissionsOf,
  ROLE_PERMISSIONS,
  type Role,
} from '../../../preload/contract/permissions.ts';
import { Segments } from '../../ui/field.tsx';
import { PERMISSION_NAMES } from './account-words.ts';

type Preset = 'ROLE' | 'FIELD_OPERATOR' | 'TECHNICIAN' | 'CHOSEN';

const PRESETS: readonly { value: Preset; label: string; name?: string }[] = [
  { value: 'ROLE', label: 'As the role' },
  { value: 'FIELD_OPERATOR', label: 'Field operator' },
  { value: 'TECHNICIAN', label: 'Technician' },
  { value: 'CHOSEN', label: 'Chosen', name: 'Chosen one by one' },
];

interface PermissionChoicesProps {
  role: Role;
  /** Null: as the role. */
  chosen: readonly Permission[] | null;
  onChange(chosen: readonly Permission[] | null): void;
}

export function PermissionChoices({ role, chosen, onChange }: PermissionChoicesProps) {
  if (role === 'ADMIN')
    return <p className="muted">Administrators may everything, and they alone manage accounts.</p>;
  const preset = presetOf(chosen);
  return (
    <>
      <Segments
        label="Permissions"
        choices={PRESETS}
        value={preset}
        onChange={(next) => {
          if (next === 'ROLE') onChange(null);
          else if (next === 'CHOSEN') onChange(chosen ?? ROLE_PERMISSIONS[role]);
          else onChange(PERMISSION_PRESETS[next]);
        }}
      />
      <CheckboxGroup
        className="permissions"
        value={permissionsOf(role, chosen)}
        onChange={(keys) => onChange(permission.options.filter((each) => keys.includes(each)))}
      >
        <Label className="label">Everybody may look, abort a mission and take a drone out of service</Label>
        {permission.options.map((each) => (
          <Checkbox key={each} value={each} className="check">
            <span className="check-box" aria-hidden="true" />
            {PERMISSION_NAMES[each]}
          </Checkbox>
        ))}
      </CheckboxGroup>
    </>
  );
}

function presetOf(chosen: readonly Permission[] | null): Preset {
  if (chosen === null) return 'ROLE';
  const key = [...chosen].sort().join();
  for (const name of ['FIELD_OPERATOR', 'TECHNICIAN'] as const)
    if ([...PERMISSION_PRESETS[name]].sort().join() === key) return name;
  return 'CHOSEN';
}
