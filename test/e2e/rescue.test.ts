import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { holdSpace, launchButton, signInToDemo, takeCall } from '../../scripts/page-driver.ts';
import { type PageAndStation, runWithBrowser } from './open-page.ts';
import { violations } from './violations.ts';

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
  await lookedBackAt(page, droneId ?? '');
  expect(misdeeds).toEqual([]);
}, 180_000);

/** The mission that was flown, as Review shows it: second by second, what was said, and among the figures. */
async function lookedBackAt(page: Page, droneId: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Workspaces' }).getByRole('button', { name: 'Review' }).click();
  await page.getByRole('list', { name: 'Missions' }).getByRole('button', { name: droneId }).click();
  const mission = page.getByRole('complementary', { name: 'Mission' });
  const timeline = mission.getByRole('region', { name: 'Timeline' }).getByRole('listitem');
  await timeline.getByText('Mission completed').waitFor();
  expect(await timeline.count()).toBeGreaterThan(4);
  const said = mission.getByRole('region', { name: 'Transcript' }).getByRole('listitem');
  expect(await said.filter({ hasText: 'Drone' }).count()).toBeGreaterThan(0);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    mission.getByRole('button', { name: 'Export CSV' }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/^mission-.*\.csv$/);
  await mission.getByRole('button', { name: 'Record outcome' }).click();
  const dialog = page.getByRole('dialog');
  await dialog
    .getByRole('radiogroup', { name: 'A shock was delivered' })
    .getByText('Yes', { exact: true })
    .click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await expect
    .poll(() => mission.getByRole('region', { name: 'Outcome' }).textContent())
    .toMatch(/Shock delivered\s*Yes/i);

  const parts = page.getByRole('radiogroup', { name: 'What to look at' });
  await parts.getByText('Figures', { exact: true }).click();
  const success = page.getByRole('region', { name: 'Success rate by base station' });
  await success.getByText('100.0 %').waitFor();
  const fleet = page.getByRole('table', { name: 'Drones at each base by status' });
  expect(await fleet.getByRole('row').count()).toBeGreaterThan(3);
  await page.getByRole('application').focus();
  await page.keyboard.press('Enter');
  await page
    .getByRole('region', { name: 'Nearest ready drone' })
    .getByText(/ at \d+ %/)
    .waitFor();
  await parts.getByText('Conflicts', { exact: true }).click();
  await page.getByText('No mission in flight touches a no-fly zone that is in force.').waitFor();
  expect(await violations(page, 'review')).toEqual([]);
}

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
