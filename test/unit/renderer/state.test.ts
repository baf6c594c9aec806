import { expect, test } from 'vitest';
import type { FleetDetail } from '../../../preload/contract/fleet.ts';
import { withDetail } from '../../../renderer/state/detail.ts';
import { parseSettings } from '../../../renderer/state/settings.ts';

/** As much of a detail as the history of the onboard AI reads. */
function detailWith(landingZoneConfidence: number | null, receivedAtMs: number): FleetDetail {
  return { vehicle: { inference: { landingZoneConfidence, receivedAtMs } } } as FleetDetail;
}

test('the history of the landing zone has one point for each AI status, sixty at most', () => {
  let state = { key: 'Alpha-3', detail: null, landingZoneConfidences: [] } as Parameters<
    typeof withDetail
  >[0];
  for (const detail of [detailWith(0.5, 1), detailWith(0.5, 1), detailWith(null, 2), detailWith(0.7, 3)])
    state = withDetail(state, detail);
  expect(state.landingZoneConfidences).toEqual([0.5, 0.7]);
  for (let at = 10; at < 100; at++) state = withDetail(state, detailWith(at / 100, at));
  expect(state.landingZoneConfidences).toHaveLength(60);
  expect(state.landingZoneConfidences.at(-1)).toBe(0.99);
});

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
