import { afterEach, expect, test } from 'vitest';
import { holdMouse, signInToDemo, workspaceButton } from '../../scripts/page-driver.ts';
import { RESCUE_SCENE } from '../../scripts/rescue.ts';
import { firstOf } from '../../scripts/station-client.ts';
import { launchRescue } from '../support/launch-rescue.ts';
import { type PageAndStation, runWithBrowser } from './open-page.ts';

const SPEED = 4;
let world: PageAndStation | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

test('F4: from Dispatch a held Abort brings the drone home, a click does nothing', async () => {
  world = await runWithBrowser({ seed: 22, speed: SPEED });
  const { client } = world.running;
  const { page, misdeeds } = await world.open();
  await signInToDemo(page, world.running.url);
  const { missionId, droneId } = await launchRescue(client, RESCUE_SCENE, SPEED);
  await firstOf(
    client.missions.watch(),
    ({ missions }) => missions.some(({ status }) => status === 'IN_FLIGHT'),
    60_000,
    'the drone is in the air',
  );

  await workspaceButton(page, 'Dispatch').click();
  const abort = page.getByRole('button', { name: `Abort ${droneId} and return` });
  await abort.click();
  expect((await client.missions.get({ missionId })).abortReason).toBeNull();
  await holdMouse(page, abort);

  const flying = page.getByRole('list', { name: 'Missions in flight' });
  await flying.getByText(/aborting|returning/).waitFor();
  await flying.getByRole('button', { name: new RegExp(`^${droneId}`) }).click();
  const detail = page.getByRole('complementary', { name: 'Selected drone' });
  await detail.getByText('Aborted: Operator abort', { exact: true }).waitFor();
  await detail.getByRole('button', { name: 'Ground…' }).waitFor({ timeout: 90_000 });

  const report = await client.missions.report({ missionId });
  expect(report.mission.status).toBe('ABORTED');
  expect(report.abortToFirstPacketMs).toBeLessThanOrEqual(100);
  const { entries } = await firstOf(client.fleet.watch(), () => true, 10_000, 'the fleet');
  const entry = entries.find(({ key }) => key === droneId);
  expect(entry?.status).not.toBe('IN_FLIGHT');
  const { record, vehicle } = await firstOf(
    client.fleet.detail({ key: droneId }),
    ({ vehicle: state }) => state?.landedState === 'ON_GROUND',
    30_000,
    'the drone stands on the ground',
  );
  expect(record?.basePosition).toBeDefined();
  expect(distanceM(vehicle?.position ?? null, record?.basePosition ?? null)).toBeLessThan(15);
  expect(misdeeds).toEqual([]);
}, 150_000);

/** Near enough for metres within a town; infinite when one of the two is not known. */
function distanceM(
  a: { latitudeDeg: number; longitudeDeg: number } | null,
  b: { latitudeDeg: number; longitudeDeg: number } | null,
): number {
  if (a === null || b === null) return Infinity;
  const northM = (a.latitudeDeg - b.latitudeDeg) * 111_320;
  const eastM = (a.longitudeDeg - b.longitudeDeg) * 111_320 * Math.cos((a.latitudeDeg * Math.PI) / 180);
  return Math.hypot(northM, eastM);
}
