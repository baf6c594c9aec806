import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdSpace, signInToDemo, takeCall } from '../../scripts/page-driver.ts';
import { goldenFile } from '../support/golden-file.ts';
import { brightnessDetector, SIDE } from '../support/small-models.ts';
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
  await checklist.getByRole('button', { name: 'Defect… Propellers' }).click();
  await checklist.getByRole('button', { name: 'Record the defect: Propellers' }).click();
  await checklist.getByText('Propellers: say what is wrong.').waitFor();
  await checklist.getByLabel('What is wrong with: Propellers').fill('Nick in blade 3');
  await checklist.getByRole('button', { name: 'Record the defect: Propellers' }).click();
  await checklist.getByText(/“Nick in blade 3”/).waitFor();
  await addPhoto(page, checklist, 'Propellers');
  await addPhoto(page, checklist, 'Frame and arms');
  await checklist.getByRole('button', { name: 'Remove photo 1: Frame and arms' }).click();
  await checklist.getByRole('img', { name: 'Evidence 1: Frame and arms' }).waitFor({ state: 'detached' });
  // Written, not ticked, and left at once.
  await checklist.getByLabel('Note on: AED and pads').fill('Label is torn');
  await page.getByRole('button', { name: 'Operate' }).click();
  await page.getByRole('button', { name: 'Maintain' }).click();
  expect(await checklist.getByLabel('Note on: AED and pads').inputValue()).toBe('Label is torn');
  expect(await everyThemeAndSize(page)).toEqual([]);

  await page.getByRole('button', { name: 'Sign…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Ready' }).click();
  await dialog.getByText('Propellers: Nick in blade 3').waitFor();
  expect(await dialog.getByRole('button', { name: 'Sign: Ready' }).isDisabled()).toBe(true);
  await dialog.getByRole('radio', { name: 'Maintenance' }).click();
  await dialog.getByLabel('Your name, as your signature').fill('Dana Reyes');
  await dialog.getByRole('button', { name: 'Sign: Maintenance' }).click();

  const history = page.getByRole('region', { name: 'History' });
  await history.getByText('Dana Reyes').waitFor();
  await page
    .getByRole('region', { name: 'Flight pattern' })
    .getByText(/^Learning: 0 of 3 flights/)
    .waitFor();
  await history.getByText(/1 defect/).waitFor();
  await history.getByRole('button', { name: /^Report of/ }).click();
  await page.getByRole('img', { name: 'Evidence: Propellers' }).waitFor();
  expect(await page.getByRole('img', { name: /^Evidence/ }).count()).toBe(1);
  await page.getByText('Label is torn').waitFor();
  expect(await violations(page, 'report')).toEqual([]);

  await takeCall(page, '42.3638, -71.0559');
  await page.getByText('It is grounded for maintenance.').first().waitFor();
  expect(misdeeds).toEqual([]);
});

test.concurrent('a sound drone is unplugged and plugged in, tested door and motors, made the baseline, ticked and released', async () => {
  const { page, misdeeds } = await world.open();
  await signInToDemo(page, world.running.url);
  await startCheck(page, 'Alpha-3');
  await isUnpluggedMidCheck(page, 'Alpha-3');
  await doorIsTested(page);
  await baselineIsApproved(page);

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
  await page.getByText(/^Measuring… /).waitFor({ state: 'detached', timeout: CHECK_TIMEOUT_MS });

  await page.getByRole('button', { name: 'Sign…' }).click();
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
  await modelIsReadFromDrone(page, model);
  await table.getByRole('button', { name: /^Put on a drone… Person detection 9.9.9/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: /Drone/ }).click();
  await page.getByRole('option', { name: 'Alpha-3' }).click();
  await page.getByRole('button', { name: 'Record it' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await violations(page, 'models')).toEqual([]);

  await startCheck(page, 'Alpha-3');
  await page.getByRole('button', { name: 'Done: Parachute' }).waitFor();
  await page.getByRole('button', { name: 'Discard…' }).click();
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

/** As when its cable is pulled: told in words, values dimmed, nothing can be released; then it goes on by itself. */
async function isUnpluggedMidCheck(page: Page, droneId: string): Promise<void> {
  await page.getByText(/^Measuring… /).waitFor();
  tellSimulator(`fault ${droneId} link-drop on`);
  await page.getByText(/was last heard \d+ s ago. Plug it in again/).waitFor();
  await page.getByText('Automatic checks · as they were when it was last heard').waitFor();
  await page.getByRole('region', { name: 'Door test' }).getByText('out of contact').first().waitFor();
  await page.getByRole('button', { name: 'Sign…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Ready' }).click();
  await dialog.getByText(/Plug it in again/).waitFor();
  expect(await dialog.getByRole('button', { name: 'Sign: Ready' }).isDisabled()).toBe(true);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  tellSimulator(`fault ${droneId} link-drop off`);
  await page.getByText(/Plug it in again/).waitFor({ state: 'detached' });
  await page.getByText(/^Measuring… /).waitFor();
}

async function doorIsTested(page: Page): Promise<void> {
  const door = page.getByRole('region', { name: 'Door test' });
  const start = door.getByRole('button', { name: 'Test the door' });
  expect(await start.getAttribute('aria-disabled')).toBe('true');
  await door.getByText(/stands on the bench/).click();
  await start.focus();
  await holdSpace(page);
  await door.getByText(/sensor: open after/).waitFor();
  await door.getByText(/sensor: closed after .* output 9: 1900 → 1100 µs/).waitFor();
  await page.getByRole('button', { name: /^▸? ?AED/ }).click();
  await page.getByText(/^open in .* closed in/).waitFor();
}

async function baselineIsApproved(page: Page): Promise<void> {
  const parameters = page.getByRole('region', { name: 'Parameters' });
  await parameters.getByRole('button', { name: 'Read parameters' }).click();
  await parameters.getByText(/^\d+ parameters read at/).waitFor();
  await parameters.getByRole('button', { name: 'Approve as baseline…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await parameters.getByText(/parameters and ArduCopter .* from Alpha-3, approved/).waitFor();
  await parameters.getByText('Nothing differs from the baseline.').waitFor();
}

function tellSimulator(line: string): void {
  const { simulator } = world.running;
  if (simulator === null) throw new Error('There is no simulator.');
  simulator.child.stdin?.write(`${line}\n`);
}

/** The same model as it lies on a drone, held against its maker's golden file, which is wrong first. */
async function modelIsReadFromDrone(page: Page, model: Buffer): Promise<void> {
  const base64 = model.toString('base64');
  await world.running.client.vehicleTools.uploadFile({ systemId: 1, path: '/models/people.onnx', base64 });
  const verify = page.getByRole('region', { name: 'Verify a model' });
  await verify.getByRole('radio', { name: 'Drone' }).click();
  const chooser = page.waitForEvent('filechooser');
  await verify.getByRole('button', { name: 'Choose a golden file…' }).click();
  const black = { dims: [1, 3, SIDE, SIDE], data: new Float32Array(3 * SIDE * SIDE) };
  const wrong = { dims: [1, 5, 16], data: new Float32Array(5 * 16).fill(7) };
  const golden = goldenFile(model, [
    { name: 'night', inputs: { images: black }, outputs: { output: wrong } },
  ]);
  await (await chooser).setFiles({ name: 'people.golden', mimeType: '', buffer: Buffer.from(golden) });
  await verify.getByRole('button', { name: /Drone$/ }).click();
  await page.getByRole('option', { name: 'Alpha-1' }).click();
  const list = verify.getByRole('button', { name: 'List its models' });
  // The computer beside the autopilot has files of its own, and not this one.
  await chooseFilesOf(page, 'Onboard computer');
  await list.click();
  await verify.getByText('No model (.onnx) lies in /models of the onboard computer.').waitFor();
  await chooseFilesOf(page, 'Autopilot');
  await list.click();
  await verify.getByText('/models/people.onnx has').waitFor();
  const read = verify.getByRole('button', { name: 'Read from drone and verify' });
  await read.click();
  await verify.getByText(/“output” of “night”: 80 of 80 numbers differ/).waitFor();
  expect(await violations(page, 'a model of a drone')).toEqual([]);
  await verify.getByRole('button', { name: 'Without golden file' }).click();
  await read.click();
  await verify.getByText(/It is the file of version 9.9.9 in the fleet’s list/).waitFor();
  await verify.getByText(/Alpha-1 says that it runs another file/).waitFor();
}

async function chooseFilesOf(page: Page, place: string): Promise<void> {
  await page.getByRole('button', { name: /Files of$/ }).click();
  await page.getByRole('option', { name: place }).click();
}

async function verifyFile(page: Page, name: string, buffer: Buffer): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: /Choose a model…|\.onnx/ }).click();
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
