import { Check, Moon, Sun, SunDim } from 'lucide-react';
import {
  Button,
  Header,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  type Selection,
} from 'react-aria-components';
import type { Person } from '../../../preload/contract/session.ts';
import { THEMES, type Theme, UNIT_SYSTEMS, type UnitSystem } from '../../state/settings.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';

const THEME_NAMES: Record<Theme, string> = { dark: 'Dark', light: 'Light', sunlight: 'Sunlight' };
const THEME_ICONS: Record<Theme, typeof Sun> = { dark: Moon, light: SunDim, sunlight: Sun };
const UNIT_NAMES: Record<UnitSystem, string> = {
  metric: 'Metric: m, m/s, km',
  aviation: 'Aviation: ft, kt, NM',
};

export function PersonMenu({ person }: { person: Person }) {
  const { settings, session, view } = useStation();
  const { theme, units, cautionSound } = useStore(settings);
  return (
    <MenuTrigger>
      <Button className="pill">
        {person.displayName}
        <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="popover" placement="bottom end" isNonModal>
        <Menu className="menu">
          <Choices
            title="Colours"
            chosen={theme}
            choices={THEMES}
            name={(choice) => THEME_NAMES[choice]}
            icon={(choice) => THEME_ICONS[choice]}
            onChoose={(choice) => settings.change({ theme: choice })}
          />
          <Choices
            title="Units"
            chosen={units}
            choices={UNIT_SYSTEMS}
            name={(choice) => UNIT_NAMES[choice]}
            onChoose={(choice) => settings.change({ units: choice })}
          />
          <Choices
            title="Sound of cautions (warnings always sound)"
            chosen={cautionSound ? 'on' : 'off'}
            choices={['on', 'off'] as const}
            name={(choice) => (choice === 'on' ? 'On' : 'Off')}
            onChoose={(choice) => settings.change({ cautionSound: choice === 'on' })}
          />
          <MenuSection>
            <MenuItem className="option" onAction={() => view.openSystem('account')}>
              <span className="tick" />
              My account
            </MenuItem>
            <MenuItem
              className="option"
              onAction={() => {
                // Without a line the station forgets the session by itself when it expires.
                session.signOut().catch(() => undefined);
              }}
            >
              <span className="tick" />
              Sign out
            </MenuItem>
          </MenuSection>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

interface ChoicesProps<Value extends string> {
  title: string;
  chosen: Value;
  choices: readonly Value[];
  name(choice: Value): string;
  icon?: (choice: Value) => typeof Sun;
  onChoose(choice: Value): void;
}

function Choices<Value extends string>(props: ChoicesProps<Value>) {
  const { title, chosen, choices, name, icon, onChoose } = props;
  const onSelection = (keys: Selection): void => {
    const choice = choices.find((candidate) => keys !== 'all' && keys.has(candidate));
    if (choice !== undefined) onChoose(choice);
  };
  return (
    <MenuSection
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[chosen]}
      onSelectionChange={onSelection}
    >
      <Header>{title}</Header>
      {choices.map((choice) => {
        const Icon = icon?.(choice);
        return (
          <MenuItem key={choice} id={choice} className="option" textValue={name(choice)}>
            <span className="tick">{choice === chosen && <Check size={14} aria-hidden="true" />}</span>
            {Icon !== undefined && <Icon size={14} aria-hidden="true" />}
            {name(choice)}
          </MenuItem>
        );
      })}
    </MenuSection>
  );
}
