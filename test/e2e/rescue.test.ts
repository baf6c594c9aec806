import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { holdSpace, launchButton, signInToDemo, takeCall } from '../../scripts/page-driver.ts';
import { type PageAndStation, runWithBrowser } from './open-page.ts';

let world: PageAndStation | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

test('a call is taken, launched by keyboard alone and followed to its end, across a reload of the page', async () => {
  world = await runWithBrowser({ seed: 21, speed: 5 });
  const { page, misdeeds } = await world.open();
  await signInToDemo(page, world.running.url);

  await takeCall(page, '42.3638, -71.0559');
  const side = page.getByRole('complementary', { name: 'Go or no-go' });
  await side.getByText('GO', { exact: true }).waitFor();
  await side
    .getByText('Route clear of every active zone')
    .or(side.getByText('checks passed'))
    .first()
    .waitFor();
  await side.getByText('to scene', { exact: true }).waitFor();

  await launchButton(page).waitFor();
  await tabTo(page, /^Launch [A-Z]/);
  const before = Date.now();
  await holdSpace(page);
  expect(Date.now() - before).toBeGreaterThanOrEqual(1_000);

  const detail = page.getByRole('complementary', { name: 'Selected drone' });
  await detail.getByRole('button', { name: 'Abort and return' }).waitFor();
  const droneId = await detail.getByRole('heading', { level: 1 }).textContent();
  const timeline = detail.getByRole('region', { name: 'Mission' });
  await timeline.getByText('Expected: Back at its base').waitFor();

  await page.reload();
  const flying = page.getByRole('list', { name: 'Missions in flight' });
  await flying.getByRole('button', { name: `Abort ${droneId} and return` }).waitFor();
  await flying.getByRole('button', { name: new RegExp(`^${droneId}`) }).click();
  await timeline.getByText('Mission completed').waitFor({ timeout: 120_000 });
  await detail.getByRole('button', { name: 'Abort and return' }).waitFor({ state: 'detached' });

  const { missions } = { missions: await world.running.client.missions.recent({ limit: 5 }) };
  expect(missions.map(({ droneId: id, status }) => ({ id, status }))).toEqual([
    { id: droneId, status: 'COMPLETED' },
  ]);
  expect(misdeeds).toEqual([]);
}, 180_000);

/** Walks the page as somebody without a mouse does, until a button of this name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  await page.getByRole('textbox', { name: 'Where' }).focus();
  for (let stop = 0; stop < 80; stop++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => document.activeElement?.textContent ?? '');
    if (name.test(focused)) return;
  }
  throw new Error(`No button ${name} is reached with Tab.`);
}
