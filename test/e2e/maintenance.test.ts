import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdSpace, signInToDemo, takeCall } from '../../scripts/page-driver.ts';
import { brightnessDetector } from '../support/small-models.ts';
import { type PageAndStation, runWithBrowser } from './open-page.ts';
import { violations, violationsInEveryTheme } from './violations.ts';

/** One red pixel. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
  'base64',
);
const CHECK_TIMEOUT_MS = 90_000;

let world: PageAndStation;
beforeAll(async () => {
  // In real time: the drones’ clocks are checked as well.
  world = await runWithBrowser({ seed: 61, drones: 2, speed: 1 });
});
afterAll(() => world.close());

// Two drones, two technicians: most of their time is waiting.
test.concurrent('a drone with a defect is signed into maintenance, and the go/no-go obeys at once', async () => {
  const { page, misdeeds } = await world.open();
  await signInToDemo(page, world.running.url);
  await startCheck(page, 'Alpha-1');
  await page
    .getByRole('region', { name: 'Automatic checks' })
    .getByText(/passed/)
    .first()
    .waitFor();

  const checklist = page.getByRole('region', { name: 'Checklist' });
  await checklist.getByRole('button', { name: 'Defect … Propellers' }).click();
  await checklist.getByRole('button', { name: 'Record the defect: Propellers' }).click();
  await checklist.getByText('Propellers: say what is wrong.').waitFor();
  await checklist.getByLabel('What is wrong with: Propellers').fill('Nick in blade 3');
  await checklist.getByRole('button', { name: 'Record the defect: Propellers' }).click();
  await checklist.getByText(/“Nick in blade 3”/).waitFor();
  await addPhoto(page, checklist, 'Propellers');
  expect(await everyThemeAndSize(page)).toEqual([]);

  await page.getByRole('button', { name: 'Sign …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Ready' }).click();
  await dialog.getByText('Propellers: Nick in blade 3').waitFor();
  expect(await dialog.getByRole('button', { name: 'Sign: Ready' }).isDisabled()).toBe(true);
  await dialog.getByRole('radio', { name: 'Maintenance' }).click();
  await dialog.getByLabel('Your name, as your signature').fill('Dana Reyes');
  await dialog.getByRole('button', { name: 'Sign: Maintenance' }).click();

  const history = page.getByRole('region', { name: 'History' });
  await history.getByText('Dana Reyes').waitFor();
  await history.getByText(/1 defect/).waitFor();
  await history.getByRole('button', { name: /^Report of/ }).click();
  await page.getByRole('img', { name: 'Evidence: Propellers' }).waitFor();
  expect(await violations(page, 'report')).toEqual([]);

  await takeCall(page, '42.3638, -71.0559');
  await page.getByText('It is grounded for maintenance.').first().waitFor();
  expect(misdeeds).toEqual([]);
});

test.concurrent('a sound drone is tested motor by motor, ticked and released; what cannot be tested needs a reason', async () => {
  const { page, misdeeds } = await world.open();
  await signInToDemo(page, world.running.url);
  await startCheck(page, 'Alpha-3');

  const motors = page.getByRole('region', { name: 'Motor tests' });
  const first = motors.getByRole('button', { name: 'Motor 1' });
  expect(await first.getAttribute('aria-disabled')).toBe('true');
  await motors.getByText(/All propellers are off/).click();
  for (const motor of [1, 2, 3, 4]) {
    await motors.getByRole('button', { name: `Motor ${motor}` }).focus();
    await holdSpace(page);
    await motors.getByText(`Motor ${motor} turns.`).waitFor();
    if (motor === 1) await tickEverything(page);
    await motors.getByRole('button', { name: 'Motor 1', disabled: false }).waitFor();
    await motors.getByText(/turns\./).waitFor({ state: 'detached' });
  }
  await page.getByText(/^Measuring … /).waitFor({ state: 'detached', timeout: CHECK_TIMEOUT_MS });

  await page.getByRole('button', { name: 'Sign …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'In 90 days' }).click();
  await dialog.getByLabel('Your name, as your signature').fill('Dana Reyes');
  const reason = dialog.getByLabel('Why it may fly all the same');
  if ((await reason.count()) > 0) {
    expect(await dialog.getByRole('button', { name: 'Sign: Ready' }).isDisabled()).toBe(true);
    await reason.fill('This model has no such sensors.');
  }
  await dialog.getByRole('button', { name: 'Sign: Ready' }).click();
  await page.getByRole('region', { name: 'History' }).getByText('Ready').waitFor();
  await page
    .getByRole('region', { name: 'Trends' })
    .getByRole('img', { name: /^Weakest cell: / })
    .waitFor();
  await page
    .getByText(/Due in (89|90) days/)
    .first()
    .waitFor();
  expect(await violations(page, 'trends')).toEqual([]);
  expect(misdeeds).toEqual([]);
});

test('a checklist gets its next version, which the next check follows; half a model file is refused in words', async () => {
  const { page, misdeeds } = await world.open();
  await signInToDemo(page, world.running.url);
  await page.getByRole('button', { name: 'Maintain' }).click();
  await page.getByRole('radio', { name: 'Checklists' }).click();
  await page
    .getByRole('button', { name: 'Make a checklist of its own' })
    .or(page.getByRole('button', { name: 'Change it' }))
    .click();
  await page.getByRole('button', { name: 'Add an item' }).click();
  const save = page.getByRole('button', { name: /^Save as version/ });
  expect(await save.isDisabled()).toBe(true);
  await page.getByLabel('Title 7').fill('Parachute');
  await page.getByLabel('Instruction').last().fill('Packed within a year.');
  // The draft waits while another workspace is looked at.
  await page.getByRole('button', { name: 'Operate' }).click();
  await page.getByRole('button', { name: 'Maintain' }).click();
  await page.getByRole('button', { name: 'Move up: Parachute' }).click();
  await save.click();
  await page.getByText('Packed within a year.').waitFor();
  await page.getByText(/^Version 2, saved/).waitFor();
  expect(await violations(page, 'checklists')).toEqual([]);

  await page.getByRole('radio', { name: 'AI models' }).click();
  await page.getByLabel('Version').fill('9.9.9');
  const model = Buffer.from(brightnessDetector());
  await verifyFile(page, 'half.onnx', model.subarray(0, model.length / 2));
  const verify = page.getByRole('region', { name: 'Verify a model' });
  await verify.getByRole('status').getByText('Failed').waitFor();
  const table = page.getByRole('table', { name: 'Verified models' });
  await table.getByText('Person detection 9.9.9').waitFor();
  expect(await table.getByRole('button').count()).toBe(0);
  await verifyFile(page, 'whole.onnx', model);
  await verify.getByRole('status').getByText('Passed').waitFor();
  await table.getByRole('button', { name: /^Put on a drone … Person detection 9.9.9/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: /Drone/ }).click();
  await page.getByRole('option', { name: 'Alpha-3' }).click();
  await page.getByRole('button', { name: 'Record it' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await violations(page, 'models')).toEqual([]);

  await startCheck(page, 'Alpha-3');
  await page.getByRole('button', { name: 'Done: Parachute' }).waitFor();
  await page.getByRole('button', { name: 'Discard …' }).click();
  await page.getByRole('button', { name: 'Discard it' }).click();
  await page.getByRole('button', { name: 'Start health check' }).waitFor();
  expect(misdeeds).toEqual([]);
});

async function startCheck(page: Page, droneId: string): Promise<void> {
  await page.getByRole('button', { name: 'Maintain' }).click();
  await page
    .getByRole('list', { name: 'Drones by what is due' })
    .getByRole('button', { name: new RegExp(`^${droneId}`) })
    .click();
  await page.getByRole('button', { name: 'Start health check' }).click();
  await page.getByText('Health check under way').waitFor();
}

async function verifyFile(page: Page, name: string, buffer: Buffer): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: /Choose a file …|\.onnx/ }).click();
  await (await chooser).setFiles({ name, mimeType: '', buffer });
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
}

async function addPhoto(page: Page, checklist: Locator, title: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await checklist.getByRole('button', { name: `Add a photo: ${title}` }).click();
  await (await chooser).setFiles({ name: 'blade.png', mimeType: 'image/png', buffer: PICTURE });
  await checklist.getByText(/1 photo/).waitFor();
}

async function tickEverything(page: Page): Promise<void> {
  const checklist = page.getByRole('region', { name: 'Checklist' });
  await checklist.getByLabel('Note on: AED and pads').fill('Pads expire 2027-09');
  for (const title of ['Propellers', 'Frame and arms', 'Battery seated', 'AED and pads', 'Cameras and lamps'])
    await checklist.getByRole('button', { name: `Done: ${title}` }).click();
  await checklist.getByText('every required item checked').waitFor();
}

/** Nothing that breaks WCAG 2.2 AA in a theme, nothing that does not fit the window. */
async function everyThemeAndSize(page: Page): Promise<string[]> {
  const found = await violationsInEveryTheme(page, 'check');
  for (const size of [
    { width: 1280, height: 720 },
    { width: 2560, height: 1440 },
  ]) {
    await page.setViewportSize(size);
    const { width, height } = await page.evaluate(() => ({
      width: document.documentElement.scrollWidth,
      height: document.documentElement.scrollHeight,
    }));
    if (width !== size.width || height !== size.height) found.push(`the page scrolls: ${width} by ${height}`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  return found;
}
