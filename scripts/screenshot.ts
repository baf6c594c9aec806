import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { freeUdpPort, startProgram } from './child-programs.ts';
import {
  holdSpace,
  launchButton,
  openBrowser,
  signInToDemo,
  takeCall,
  workspaceButton,
} from './page-driver.ts';
import { connectToStation, firstOf, type StationClient } from './station-client.ts';

/** Takes the pictures of the documentation: a decision on screen, and a drone on its way round the zones. */
const PICTURES = join(import.meta.dirname, '../docs/pictures');
const SIZE = { width: 1440, height: 900 };
/** On the straight leg before the turn round the first zone. The flight takes its real time until then. */
const SECONDS_BEFORE_SCENE = 45;
const FLIGHT_TIMEOUT_MS = 5 * 60_000;

const dataDirectory = await mkdtemp(join(tmpdir(), 'skyrescue-pictures-'));
const udpPort = await freeUdpPort();
const station = await startProgram('headless', [
  ...['--demo', '--no-open', '--data-dir', dataDirectory, '--link', `udpin:127.0.0.1:${udpPort}`],
  ...['--station-name', 'Fire Station 10, Boston'],
]);
const simulator = await startProgram('simulator', [
  ...['--target', `127.0.0.1:${udpPort}`, '--seed', '1', '--drones', '6', '--exit-with-parent'],
]);
const url = String(station.ready.url);
const browser = await openBrowser();
const connection = await connectToStation(url);
try {
  const { demoAccount } = await connection.client.session.greeting();
  if (demoAccount === null) throw new Error('The station has no demo account.');
  await connection.client.session.signIn(demoAccount);
  const page = await browser.newPage({ viewport: SIZE, locale: 'en-US', timezoneId: 'America/New_York' });
  await signInToDemo(page, url);
  await showDecision(page);
  await page.screenshot({ path: join(PICTURES, 'dispatch.png') });
  await showFlight(page, connection.client);
  await page.screenshot({ path: join(PICTURES, 'operate.png') });
} finally {
  connection.close();
  await browser.close();
  await simulator.stop();
  await station.stop();
  await rm(dataDirectory, { recursive: true, force: true });
}

async function showDecision(page: Page): Promise<void> {
  await takeCall(page, '42.3638, -71.0559');
  await launchButton(page).waitFor({ timeout: 120_000 });
  // From the whole town to the part of it where the drone flies.
  for (let step = 0; step < 2; step++) {
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await settle(page);
  }
  const map = page.getByRole('application');
  await map.focus();
  for (const key of ['ArrowUp', 'ArrowUp', 'ArrowRight']) {
    await page.keyboard.press(key);
    await settle(page);
  }
  await page.getByRole('textbox', { name: 'Where' }).fill('61 Salem St, Boston');
  await page.getByRole('textbox', { name: "Victim's age" }).fill('58');
  for (const [question, answer] of [
    ['Caller on scene', 'Yes'],
    ['Someone fetches the AED', 'Yes'],
    ['Ambulance on scene', 'No'],
    ['Trauma', 'No'],
  ] as const)
    await page.getByRole('radiogroup', { name: question }).getByText(answer, { exact: true }).click();
  const words = 'Collapsed in the kitchen, not breathing. Wife is doing compressions.';
  await page.getByRole('textbox', { name: 'What the caller says' }).fill(words);
  await page.getByRole('textbox', { name: "Caller's phone" }).fill('+1 617 555 0134');
  // The decision that knows all of it.
  await page.getByText('Not known yet').waitFor({ state: 'detached' });
  await page.getByRole('region', { name: 'Open emergencies' }).getByText('61 Salem St, Boston').waitFor();
  await settle(page);
}

async function showFlight(page: Page, client: StationClient): Promise<void> {
  await launchButton(page).focus();
  await holdSpace(page);
  await page.getByRole('button', { name: 'Abort and return' }).waitFor();
  await firstOf(
    client.missions.watch(),
    ({ missions }) =>
      missions.some(({ timeToSceneS }) => timeToSceneS !== null && timeToSceneS < SECONDS_BEFORE_SCENE),
    FLIGHT_TIMEOUT_MS,
    'the drone is well on its way',
  );
  await workspaceButton(page, 'Operate').click();
  await settle(page);
}

/** Until the tiles of the map have come and its movements are over. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
}
