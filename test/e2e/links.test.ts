import { afterAll, beforeAll, expect, test } from 'vitest';
import { signInToDemo } from '../../scripts/page-driver.ts';
import { type PageAndStation, runWithBrowser } from './open-page.ts';
import { violationsInEveryTheme } from './violations.ts';

let world: PageAndStation;
beforeAll(async () => {
  world = await runWithBrowser({ seed: 33, drones: 2, speed: 1 });
});
afterAll(() => world.close());

test('links are added, changed and removed; a recording is looked at and cannot be taken for the present', async () => {
  const { page, misdeeds } = await world.open();
  await signInToDemo(page, world.running.url);
  await page.getByRole('button', { name: 'System' }).click();
  await page.getByRole('tab', { name: 'Links' }).click();
  const links = page.getByRole('table', { name: 'Links' });
  await links.getByText('given at the start').waitFor();

  await page.getByRole('button', { name: 'Add a link…' }).click();
  await page.getByLabel('Address', { exact: true }).fill('tcp:127.0.0.1');
  await page.getByRole('button', { name: 'Open the link' }).click();
  await page.getByText(/is not usable/).waitFor();
  await page.getByLabel('Address', { exact: true }).fill('tcp:127.0.0.1:9');
  await page.getByRole('button', { name: 'Open the link' }).click();
  await links.getByText('Nothing listens on 127.0.0.1:9').waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Change… tcp:127.0.0.1:9' }).click();
  await page.getByText('Wired: a cable').click();
  await page.getByRole('button', { name: 'Save' }).click();
  await links.getByText('wired', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Change… tcp:127.0.0.1:9' }).click();
  await page.getByRole('button', { name: 'Remove this link' }).click();
  await links.getByText('tcp:127.0.0.1:9').waitFor({ state: 'detached' });

  await page.getByLabel('Address of another station').fill('127.0.0.1:9');
  await page.getByRole('button', { name: 'Forward to it' }).click();
  await page.getByRole('table', { name: 'Forwarding' }).getByText('udpout:127.0.0.1:9').waitFor();
  await page.getByLabel('System id of the drone on the cable').fill('1');
  await page.getByRole('button', { name: 'Send it a new key' }).click();
  await page.getByText('Keys are sent over a wired link only.').waitFor();

  await page
    .getByRole('button', { name: /^Replay/ })
    .first()
    .click();
  const replay = page.getByRole('region', { name: 'Replay' });
  await replay.getByText('no drone can be commanded').last().waitFor({ timeout: 30_000 });
  const { replay: status } = await firstStatus();
  expect(status).toMatchObject({ playing: true, speed: 1 });
  expect(await violationsInEveryTheme(page, 'Links and replay')).toEqual([]);
  await replay.getByRole('button', { name: 'Pause' }).click();
  await replay.getByRole('button', { name: 'Play' }).waitFor();
  await replay.getByLabel('Speed of the replay').selectOption('10');
  await page.getByRole('button', { name: 'Operate' }).click();
  await replay.getByText('REPLAY', { exact: true }).waitFor();
  await replay.getByRole('button', { name: 'Leave the replay' }).click();
  await replay.getByText('REPLAY', { exact: true }).waitFor({ state: 'detached', timeout: 30_000 });
  expect(misdeeds).toEqual([]);
});

async function firstStatus() {
  const client = await world.running.signedInAs('operator12');
  for await (const status of await client.system.watch()) return status;
  throw new Error('The station told nothing of itself.');
}
