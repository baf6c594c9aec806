import { expect, test } from 'vitest';
import { parseSettings } from '../../../renderer/state/settings.ts';

test('settings that are not ours become the defaults', () => {
  const defaults = { theme: 'dark', units: 'metric', cautionSound: true };
  expect(parseSettings(null)).toEqual(defaults);
  expect(parseSettings('{broken')).toEqual(defaults);
  expect(parseSettings('{"theme":"pink","units":7}')).toEqual(defaults);
  expect(parseSettings('{"theme":"sunlight","units":"aviation","cautionSound":false}')).toEqual({
    theme: 'sunlight',
    units: 'aviation',
    cautionSound: false,
  });
});
