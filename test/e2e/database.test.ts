import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signInToDemo } from '../../scripts/page-driver.ts';
import { type PageAndStation, runWithBrowser } from './open-page.ts';

let world: PageAndStation;
beforeAll(async () => {
  world = await runWithBrowser({ seed: 31, drones: 0, speed: 1 });
});
afterAll(() => world.close());

test('a supervisor backs up, asks for it back twice, and finds the station anew with the old records kept', async () => {
  const { page, misdeeds } = await world.open();
  await signInToDemo(page, world.running.url);
  await page.getByRole('button', { name: 'System' }).click();
  await page.getByRole('tab', { name: 'Database' }).click();
  await page.getByText('There is no backup yet.').waitFor();
  await page.getByRole('button', { name: 'Back up now' }).click();
  await page.getByText('opened and counted').waitFor({ timeout: 60_000 });
  await page.getByRole('region', { name: 'Retention' }).getByText('Transcripts, 7 days').first().waitFor();

  await page.getByLabel('Folder of the backups').fill('nowhere');
  await page.getByRole('button', { name: 'Use this folder' }).click();
  await page.getByText('Give the folder with its whole path').waitFor();

  await page.getByRole('button', { name: /^Restore…/ }).click();
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: /^Replace the records by those of/ }).click();
  const kept = () => readdirSync(world.running.dataDirectory).filter((name) => name.includes('.replaced-'));
  await expect.poll(kept, { timeout: 60_000 }).toHaveLength(1);
  // The session was begun before the backup, so it is in it.
  await page.getByRole('tab', { name: 'Database' }).waitFor({ timeout: 60_000 });
  await page.getByText('opened and counted').waitFor({ timeout: 30_000 });
  const unexpected = misdeeds.filter((misdeed) => !misdeed.includes('WebSocket'));
  expect(unexpected).toEqual([]);
});
