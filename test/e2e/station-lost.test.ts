import { createServer } from 'node:net';
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

test('a station that dies in flight is said to be silent, and under its new address the flight goes on', async () => {
  const port = await freeTcpPort();
  world = await runWithBrowser({ seed: 24, speed: SPEED, stationArgs: ['--demo', '--port', String(port)] });
  const { running } = world;
  const { page } = await world.open();
  await signInToDemo(page, running.url);
  const { missionId, droneId } = await launchRescue(running.client, RESCUE_SCENE, SPEED);
  await firstOf(
    running.client.missions.timeline({ missionId }),
    ({ events }) => events.some((event) => event.type === 'TAKEOFF_COMPLETE'),
    60_000,
    'takeoff',
  );
  const flying = page.getByRole('list', { name: 'Missions in flight' });
  await flying.getByRole('button', { name: new RegExp(`^${droneId}`) }).click();
  const detail = page.getByRole('complementary', { name: 'Selected drone' });
  const abort = detail.getByRole('button', { name: 'Abort and return' });
  await abort.waitFor();

  await running.kill();
  await page.getByText(/^The station does not answer\. This picture is .* old\. Commands/).waitFor();
  await page.getByText(/^Station lost since \d/).waitFor();
  // The last picture stays, dimmed: it may be all that is known of a drone in the air.
  expect(await detail.getByRole('heading', { level: 1 }).textContent()).toBe(droneId);
  const opacity = await page
    .getByRole('main', { name: 'Map' })
    .evaluate((element) => Number(getComputedStyle(element).opacity));
  expect(opacity).toBeLessThan(0.7);
  expect(await page.getByRole('alert').filter({ hasText: /\S/ }).count()).toBe(0);

  await running.restart();
  await page
    .getByText(/^The station was started anew\. Open the address that it printed\. This picture/)
    .waitFor();
  await page.goto(running.url);
  await workspaceButton(page, 'Operate').waitFor();
  await page.getByText('The station was started anew').first().waitFor({ state: 'detached' });
  await flying.getByRole('button', { name: new RegExp(`^${droneId}`) }).click();
  // F6: where the drone delivered while nobody watched, a person says so.
  const completed = detail.getByText('Mission completed');
  const takenOut = detail.getByRole('button', { name: /^AED was taken out/ });
  await completed.or(takenOut).first().waitFor({ timeout: 120_000 });
  if (await takenOut.isVisible()) await holdMouse(page, takenOut);
  await completed.waitFor({ timeout: 120_000 });
  const { status } = await running.client.missions.get({ missionId });
  expect(status).toBe('COMPLETED');
}, 300_000);

async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return address.port;
}
