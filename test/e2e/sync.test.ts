import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, signInToDemo } from '../../scripts/page-driver.ts';
import { callAt, takeCall } from '../../scripts/rescue.ts';
import { firstOf } from '../../scripts/station-client.ts';
import { startTwoStations, type TwoStations } from '../../scripts/two-stations.ts';
import { openWatched } from './open-page.ts';
import { violations } from './violations.ts';

const PATIENCE_MS = 60_000;
let stations: TwoStations;
let browser: Browser;
beforeAll(async () => {
  [stations, browser] = await Promise.all([
    startTwoStations({ seed: '11', speed: 1, open: false, onProgress: () => undefined }),
    openBrowser(),
  ]);
}, 180_000);
afterAll(async () => {
  await browser.close();
  await stations.stop();
});

test('U8: connected, offline with what waits, a conflict side by side, and the decision of a person', async () => {
  const { north, south } = stations;
  const { page, misdeeds } = await openWatched(browser, north);
  await signInToDemo(page, north.url);
  const indicator = page.getByRole('banner').getByRole('button', { name: /^Connected/ });
  await indicator.waitFor({ timeout: PATIENCE_MS });
  await indicator.click();
  await page.getByRole('tab', { name: 'Sync', selected: true }).waitFor();
  const panel = page.getByRole('tabpanel', { name: 'Sync' });
  await panel.getByText('Up to date').waitFor({ timeout: PATIENCE_MS });
  await panel.getByText('Nothing waits to be sent.').waitFor();
  await sees(south.client, 'Echo-2');

  north.network.cut();
  await page
    .getByRole('banner')
    .getByRole('button', { name: /^Offline since/ })
    .waitFor({ timeout: PATIENCE_MS });
  await takeCall(north.client, callAt('Beacon Street', { latitudeDeg: 42.3572, longitudeDeg: -71.0632 }));
  const said = (reason: string) => ({ droneId: 'Echo-2', reason });
  await north.client.fleet.setStatus({ ...said('Cracked arm'), status: 'MAINTENANCE' });
  await south.client.fleet.setStatus({ ...said('Sent away'), status: 'OFFLINE' });
  await panel.getByText(/changes? waits? to be sent/).waitFor({ timeout: PATIENCE_MS });
  await page
    .getByRole('banner')
    .getByText(/changes? waits?$/)
    .waitFor();
  await panel.getByText('It is tried again by itself').waitFor();

  north.network.join();
  await panel.getByRole('button', { name: 'Sync now' }).click();
  const conflict = panel.getByRole('article', { name: 'Drone Echo-2' });
  await conflict.waitFor({ timeout: PATIENCE_MS });
  await conflict.getByRole('cell', { name: 'MAINTENANCE' }).waitFor();
  await conflict.getByRole('cell', { name: 'OFFLINE' }).waitFor();
  await conflict.getByText(/^Operator 12 at north,/).waitFor();
  await conflict.getByText(/^south12 at south,/).waitFor();
  await page.getByRole('banner').getByText('sync asks for a decision').waitFor();
  expect(await everyTheme(page)).toEqual([]);

  await conflict.getByRole('button', { name: /^Keep what is in force/ }).click();
  await conflict.waitFor({ state: 'detached', timeout: PATIENCE_MS });
  await firstOf(
    south.client.sync.watch(),
    ({ conflicts }) => conflicts === 0,
    PATIENCE_MS,
    'decided at South too',
  );
  await panel.getByRole('button', { name: 'Pause' }).click();
  await page
    .getByRole('banner')
    .getByRole('button', { name: /^Sync paused/ })
    .waitFor();
  await panel.getByRole('button', { name: 'Resume' }).click();
  await indicator.waitFor({ timeout: PATIENCE_MS });

  await panel.getByRole('button', { name: 'Change the connection…' }).click();
  expect(await panel.getByLabel('Address of the central server').inputValue()).toMatch(
    /^postgresql?:\/\/127\.0\.0\.1:\d+\/skyrescue$/,
  );
  expect(await panel.getByLabel('Token').inputValue()).toBe('');
  expect(misdeeds).toEqual([]);
}, 240_000);

test('what another station has is marked and cannot be commanded, and a wrong address is refused in words', async () => {
  const { south } = stations;
  const { page } = await openWatched(browser, south);
  await page.goto(south.url);
  await page.getByLabel('User name').fill(south.account.dispatcherId);
  await page.getByLabel('Password').fill(south.account.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page
    .getByRole('list', { name: 'Drones' })
    .getByText('Remote')
    .first()
    .waitFor({ timeout: PATIENCE_MS });
  await page
    .getByRole('list', { name: 'Drones' })
    .getByRole('button', { name: /^Alpha-1/ })
    .click();
  await page.getByText('The station north has this drone, and only it can command it.').waitFor();
  expect(await page.getByRole('button', { name: /Ground|Abort|Return to service/ }).count()).toBe(0);
  await page.getByRole('button', { name: 'System' }).click();
  await page.getByRole('tab', { name: 'Sync' }).click();
  await page.getByRole('button', { name: 'Change the connection…' }).click();
  await page.getByLabel('Address of the central server').fill('https://centre.example');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByText('This is no address of a PostgreSQL server.').waitFor();
}, 120_000);

async function sees(client: TwoStations['south']['client'], droneId: string): Promise<void> {
  const isThere = ({ entries }: { entries: { key: string }[] }): boolean =>
    entries.some(({ key }) => key === droneId);
  await firstOf(client.fleet.watch(), isThere, PATIENCE_MS, `${droneId} has come to the other station`);
}

/** What axe finds against WCAG 2.2 AA in the panel, in each theme. */
async function everyTheme(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const theme of ['light', 'sunlight', 'dark']) {
    await page.evaluate((name) => {
      document.documentElement.dataset.theme = name;
    }, theme);
    found.push(...(await violations(page, theme)));
  }
  return found;
}
