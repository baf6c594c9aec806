import { readFile } from 'node:fs/promises';
import { common } from 'node-mavlink';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FrameWriter, message } from '../../main/simulator/wire.ts';
import type { VehicleState } from '../../preload/contract/vehicle.ts';
import { holdMouse, signInToDemo } from '../../scripts/page-driver.ts';
import { firstOf } from '../../scripts/station-client.ts';
import { UdpPeer } from '../support/udp-peer.ts';
import { type PageAndStation, runWithBrowser } from './open-page.ts';
import { violations, violationsInEveryTheme } from './violations.ts';

const SPEED = 2;
const WAIT_MS = 30_000;
const FLY_ABOVE_HOME_M = 40;
const COMMAND = { TAKE_OFF: 22, SET_MODE: 176, ARM: 400 };
const GUIDED = 4;
const ADSB_RECEIVER = 156;

let world: PageAndStation;
beforeAll(async () => {
  world = await runWithBrowser({ seed: 34, drones: 1, speed: SPEED });
});
afterAll(() => world.close());

test('a technician reads messages, parameters and logs of a drone, changes a parameter, and flies it by hand', async () => {
  const { page, misdeeds } = await world.open({ viewport: { width: 1280, height: 720 } });
  await signInToDemo(page, world.running.url);
  const drone = await heardDrone();
  await page.getByRole('list', { name: 'Drones' }).getByRole('button', { name: drone.key }).click();
  await page.getByRole('button', { name: 'Vehicle tools' }).click();

  await messagesAreInspected(page);
  await parametersAreRead(page);
  await aLogIsPlotted(page);
  await filesComeAndGo(page);
  await rallyPointsAreEdited(page);
  await trafficIsHeard(page, drone.systemId);
  await page.keyboard.press('Escape');
  await page.getByRole('main', { name: /^Vehicle tools/ }).waitFor({ state: 'detached' });
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Vehicle tools');

  await takenOff(drone.systemId);
  await flownByHand(page);
  expect(misdeeds).toEqual([]);
}, 120_000);

async function heardDrone(): Promise<{ key: string; systemId: number }> {
  const { client } = world.running;
  const { entries } = await firstOf(
    client.fleet.watch(),
    ({ entries: all }) => all.some(({ contact }) => contact === 'LIVE'),
    WAIT_MS,
    'a drone is heard',
  );
  const entry = entries.find(({ contact }) => contact === 'LIVE');
  return { key: entry?.key ?? '', systemId: entry?.systemId ?? 0 };
}

async function messagesAreInspected(page: Page): Promise<void> {
  const table = page.getByRole('table', { name: 'Messages' });
  const heartbeat = table.getByRole('row').filter({ has: page.getByRole('button', { name: 'HEARTBEAT' }) });
  await page.getByRole('textbox', { name: 'Find a message' }).fill('heartbeat');
  // Once a second of the drone's time, which is the station's.
  await expect
    .poll(async () => Number((await heartbeat.first().getByText(/ Hz$/).textContent())?.split(' ')[0]), {
      timeout: WAIT_MS,
    })
    .toBeCloseTo(1, 0);
  await heartbeat.first().getByRole('button').click();
  await page.getByRole('table', { name: 'Fields of HEARTBEAT' }).getByText('customMode').waitFor();
  await page.getByRole('button', { name: 'Freeze' }).click();
  const frozen = await table.textContent();
  const live = await firstOf(
    world.running.client.vehicleTools.inspect({ systemId: (await heardDrone()).systemId }),
    ({ messages }) => messages.some(({ name, count }) => name === 'HEARTBEAT' && count > 1),
    WAIT_MS,
    'more of them',
  );
  expect(live.messages.length).toBeGreaterThan(5);
  expect(await table.textContent()).toBe(frozen);
  expect(await violations(page, 'messages')).toEqual([]);
}

async function parametersAreRead(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Parameters' }).click();
  await page.getByRole('button', { name: 'Read the parameters' }).click();
  const table = page.getByRole('table', { name: 'Parameters' });
  await table.waitFor({ timeout: WAIT_MS });
  await page.getByRole('textbox', { name: 'Find a parameter' }).fill('rtl_alt');
  const row = table
    .getByRole('row')
    .filter({ has: page.getByRole('button', { name: 'RTL_ALT', exact: true }) });
  await row.getByRole('button').click();
  const edit = page.getByRole('region', { name: 'Parameter RTL_ALT' });
  const before = await edit.locator('b').first().textContent();
  await edit.getByRole('textbox', { name: 'New value' }).fill('3456');
  await edit.getByRole('button', { name: 'Set and read back' }).click();
  await edit.getByText('Read back: 3456').waitFor({ timeout: WAIT_MS });
  await row.getByText(`was ${before}`).waitFor();
  await row.getByRole('cell', { name: '3456', exact: true }).waitFor();

  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save for Mission Planner' }).click(),
  ]);
  const text = await readFile(await saved.path(), 'utf8');
  expect(text).toContain('RTL_ALT,3456');
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Open a file…' }).click(),
  ]);
  await chooser.setFiles({
    name: 'field.param',
    mimeType: 'text/plain',
    buffer: Buffer.from(text.replace('RTL_ALT,3456', `RTL_ALT,${before}`)),
  });
  const differences = page.getByRole('table', { name: 'Differences' });
  await differences.getByRole('row', { name: /RTL_ALT/ }).waitFor();
  expect(await violations(page, 'parameter file')).toEqual([]);
  await holdMouse(page, page.getByRole('button', { name: /^Set 1 of them/ }));
  await differences.getByText('set, read back').waitFor({ timeout: WAIT_MS });
  await page.getByRole('button', { name: 'Close the file' }).click();
  await row.getByRole('cell', { name: before ?? '', exact: true }).waitFor();
}

async function aLogIsPlotted(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Logs' }).click();
  await page
    .getByRole('table', { name: 'Logs on the drone' })
    .getByRole('button', { name: /^Download/ })
    .first()
    .click({ timeout: WAIT_MS });
  const kept = page.getByRole('table', { name: 'On this station' });
  await kept.getByRole('button', { name: /^Plot/ }).first().click({ timeout: WAIT_MS });
  await page.getByText('ArduPilot DataFlash').waitFor({ timeout: WAIT_MS });
  await page.getByRole('button', { name: 'Draw it' }).click();
  await page.getByRole('img', { name: /^ATT\.Roll over .* deg, \d+ values/ }).waitFor({ timeout: WAIT_MS });
  await page.getByRole('slider', { name: 'Time since the autopilot started' }).press('ArrowRight');
  await page.getByText(/ deg at \d+:\d\d/).waitFor();
  expect(await violationsInEveryTheme(page, 'plot')).toEqual([]);
}

async function filesComeAndGo(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Files' }).click();
  const files = page.getByRole('table', { name: 'Files on the drone' });
  await files.getByRole('button', { name: 'models/' }).click({ timeout: WAIT_MS });
  await files.getByRole('button', { name: 'Download person-detector.json' }).click({ timeout: WAIT_MS });
  const kept = page.getByRole('table', { name: 'On this station' });
  const save = kept.getByRole('button', { name: 'Save a copy of models_person-detector.json' });
  await save.waitFor({ timeout: WAIT_MS });
  await page.getByText('Whole: its checksum is right.').waitFor();
  const [saved] = await Promise.all([page.waitForEvent('download'), save.click()]);
  const text = await readFile(await saved.path(), 'utf8');
  expect(text).toContain('person-detector');

  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Upload a file…' }).click(),
  ]);
  await chooser.setFiles({ name: 'next.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  const dialog = page.getByRole('dialog');
  expect(await violations(page, 'upload')).toEqual([]);
  await holdMouse(page, dialog.getByRole('button', { name: /^Upload it/ }));
  await files.getByRole('button', { name: 'Delete… next.json' }).click({ timeout: WAIT_MS });
  await holdMouse(page, dialog.getByRole('button', { name: /^Delete it/ }));
  await files.getByText('next.json', { exact: true }).waitFor({ state: 'detached', timeout: WAIT_MS });
  expect(await violations(page, 'files')).toEqual([]);
}

/** By keyboard, as the map is: a point at its middle, sent, and another station's change of it seen. */
async function rallyPointsAreEdited(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Plans' }).click();
  const section = page.getByRole('region', { name: 'Rally points' }).first();
  await section.getByRole('button', { name: 'Read the rally points' }).click();
  await section.getByText(/^empty, read at/).waitFor({ timeout: WAIT_MS });
  await section.getByRole('button', { name: 'Edit on the map…' }).click();
  const pane = page.getByRole('complementary', { name: 'Selected drone' });
  await pane.getByRole('button', { name: 'Add a point on the map…' }).click();
  await page.getByRole('application').focus();
  await page.keyboard.press('Enter');
  const height = pane.getByRole('textbox', { name: 'Altitude of point 1 above home, m' });
  await height.fill('500');
  await pane.getByText('From 2 to 120 m.').waitFor();
  await height.fill('45');
  expect(await violations(page, 'rally')).toEqual([]);
  await holdMouse(page, pane.getByRole('button', { name: /^Send to the drone/ }));
  await pane.getByText('Sent, read back, and the same.').waitFor({ timeout: WAIT_MS });
  await pane.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Hide them' }).click();
  await page.getByRole('button', { name: 'Vehicle tools' }).click();
  await page.getByRole('tab', { name: 'Plans' }).click();
  await section.getByText(/^As sent at/).waitFor();
  await section.getByRole('cell', { name: '45.0 m above home' }).waitFor();
}

/** From the receiver on board, over the same link. */
async function trafficIsHeard(page: Page, systemId: number): Promise<void> {
  await page.getByRole('tab', { name: 'Traffic' }).click();
  await page.getByText('No receiver of any drone hears an aircraft').waitFor({ timeout: WAIT_MS });
  const { links } = await firstOf(world.running.client.system.watch(), () => true, WAIT_MS, 'the links');
  const receiver = await UdpPeer.open(Number(links[0]?.address.split(':').at(-1)));
  try {
    const plane = message(common.AdsbVehicle, {
      ICAOAddress: 0xa1b2c3,
      // Away from every zone: the map is centred on it, and the drone is flown to the middle of the map.
      lat: 423_500_000,
      lon: -710_620_000,
      altitudeType: 1,
      altitude: 250_000,
      heading: 9_000,
      horVelocity: 6_000,
      callsign: 'N123AB',
      flags:
        common.AdsbFlags.VALID_COORDS | common.AdsbFlags.VALID_ALTITUDE | common.AdsbFlags.VALID_CALLSIGN,
      tslc: 1,
    });
    receiver.send(new FrameWriter(systemId, ADSB_RECEIVER).write(plane));
    const row = page.getByRole('table', { name: 'Traffic' }).getByRole('row', { name: /N123AB/ });
    await row.getByText(/ m above$/).waitFor({ timeout: WAIT_MS });
    await row.getByRole('button').click();
    const card = page.getByRole('region', { name: 'Aircraft', exact: true });
    await card.getByText('250.0 m AMSL').waitFor();
    await card
      .getByRole('list', { name: 'Our drones near it' })
      .getByText(/ above it/)
      .waitFor();
    expect(await violations(page, 'aircraft')).toEqual([]);
    await page.keyboard.press('Escape');
    await card.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Vehicle tools' }).click();
  } finally {
    await receiver.close();
  }
}

/** Another ground station, to which this one forwards, takes off: no mission of this one is in the way. */
async function takenOff(systemId: number): Promise<void> {
  const { client } = world.running;
  const other = await UdpPeer.open(0);
  try {
    const heard = new Promise<number>((resolve) => {
      other.onSender = resolve;
    });
    await client.links.addForwarding({ address: `127.0.0.1:${other.port}`, twoWay: true });
    const port = await heard;
    const writer = new FrameWriter(254, 190);
    const command = (id: number, parameters: object): void =>
      other.send(
        writer.write(
          message(common.CommandLong, {
            targetSystem: systemId,
            targetComponent: 1,
            command: id as never,
            ...parameters,
          }),
        ),
        port,
      );
    const key = (await heardDrone()).key;
    const state = (is: Parameters<typeof vehicleIs>[1], said: string) => vehicleIs(key, is, said);
    await state(({ health }) => health?.readyToArm === true, 'it is ready to arm');
    command(COMMAND.SET_MODE, { _param1: 1, _param2: GUIDED });
    await state(({ modeKind }) => modeKind === 'GUIDED', 'it is in guided mode');
    command(COMMAND.ARM, { _param1: 1 });
    await state(({ armed }) => armed, 'it is armed');
    command(COMMAND.TAKE_OFF, { _param7: FLY_ABOVE_HOME_M });
    await state(
      ({ position }) => (position?.altitudeRelativeHomeM ?? 0) > FLY_ABOVE_HOME_M / 2,
      'it is in the air',
    );
  } finally {
    await other.close();
  }
}

async function vehicleIs(key: string, is: (vehicle: VehicleState) => boolean, said: string): Promise<void> {
  const { client } = world.running;
  await firstOf(
    client.fleet.detail({ key }),
    ({ vehicle }) => vehicle !== null && is(vehicle),
    WAIT_MS,
    said,
  );
}

async function flownByHand(page: Page): Promise<void> {
  const byHand = page.getByRole('region', { name: 'Fly by hand' });
  await byHand.getByRole('button', { name: 'Fly to a place…' }).click();
  const map = page.getByRole('application');
  await map.focus();
  await page.keyboard.press('Enter');
  await byHand.getByText(/straight, now at/).waitFor();
  await byHand.getByRole('textbox', { name: 'Altitude above home, m' }).fill('50');
  expect(await violations(page, 'guided')).toEqual([]);
  await holdMouse(page, byHand.getByRole('button', { name: /^Fly to the place/ }));
  await byHand.getByText('Fly to the place: accepted').waitFor({ timeout: WAIT_MS });
  await byHand.getByRole('button', { name: 'Hold position' }).click();
  await byHand.getByText('Hold position: accepted').waitFor({ timeout: WAIT_MS });
  await byHand.getByRole('textbox', { name: 'Altitude above home, m' }).fill('500');
  await byHand.getByText('From 2 to 120 m.').waitFor();
  await holdMouse(page, byHand.getByRole('button', { name: /^Return home/ }));
  await byHand.getByText('Return home: accepted').waitFor({ timeout: WAIT_MS });
}
