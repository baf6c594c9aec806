import { afterEach, expect, test } from 'vitest';
import type { OpenHealthCheck } from '../../../preload/contract/health.ts';
import { firstOf, type StationClient } from '../../../scripts/station-client.ts';
import { eventually } from '../../support/eventually.ts';
import { emergencyAt } from '../../support/launch-rescue.ts';
import { type RunningStation, runStation } from '../../support/running-station.ts';

const SPEED = 8;
const WAIT_MS = 60_000;
const DRONE = 'Alpha-1';
const SCENE = { latitudeDeg: 42.3601, longitudeDeg: -71.0589 };
const PNG = Buffer.from('89504e470d0a1a0a00000000', 'hex').toString('base64');

let running: RunningStation | null = null;
afterEach(async () => {
  await running?.stop();
  running = null;
});

function check(
  client: StationClient,
  wanted: (open: OpenHealthCheck) => boolean,
  what: string,
): Promise<OpenHealthCheck> {
  return firstOf(
    client.health.watch({ droneId: DRONE }),
    ({ check: open }) => open !== null && wanted(open),
    WAIT_MS,
    what,
  ).then(({ check: open }) => {
    if (open === null) throw new Error('No check is under way.');
    return open;
  });
}

const itemOf = (open: OpenHealthCheck, checkId: string) =>
  open.automatic.find((item) => item.checkId === checkId);

/** What the go/no-go says of the drone's status and onboard AI. */
async function goNoGo(client: StationClient, emergencyId: string) {
  const { candidates } = await client.dispatch.assess({ emergencyId });
  const checks = candidates.find(({ droneId }) => droneId === DRONE)?.checks ?? [];
  const find = (id: string) => checks.find((each) => each.id === id);
  return { status: find('STATUS'), inference: find('INFERENCE'), aed: find('AED') };
}

async function tickAll(client: StationClient, open: OpenHealthCheck): Promise<void> {
  for (const { itemId, evidence } of open.checklist.items) {
    if (evidence === 'PHOTO')
      await client.health.addPhoto({ droneId: DRONE, itemId, mediaType: 'image/png', base64: PNG });
    const note = evidence === 'NOTE' ? 'Pads to 2027-05.' : null;
    await client.health.setManual({ droneId: DRONE, itemId, result: 'DONE', note });
  }
}

test('a technician checks a drone over the contract, releases it and grounds it, and the go/no-go obeys at once', async () => {
  running = await runStation({ seed: 5, speed: SPEED, drones: 1, simulatorArgs: ['--peripherals'] });
  const { client } = running;
  const { health } = client;
  const other = await running.signedInAs('dispatcher04');
  await expect(other.health.start({ droneId: DRONE })).rejects.toThrow(/permission|allowed|may not/i);
  await firstOf(
    client.fleet.detail({ key: DRONE }),
    ({ vehicle }) => vehicle?.health?.readyToArm === true && vehicle.home !== null,
    WAIT_MS,
    'it is ready to arm',
  );
  const { emergencyId } = await client.emergencies.create(emergencyAt(SCENE));
  expect((await goNoGo(client, emergencyId)).status?.result).toBe('PASS');

  // A checklist of its own version, with a photo.
  const [forAll] = (await health.checklists()).checklists;
  if (forAll === undefined) throw new Error('There is no checklist.');
  const frame = forAll.items.map((item) =>
    item.itemId === 'frame' ? { ...item, evidence: 'PHOTO' as const } : item,
  );
  const next = { model: '', version: forAll.version, items: frame, door: forAll.door };
  await health.saveChecklist(next);
  await expect(health.saveChecklist(next)).rejects.toThrow(/Somebody else/);
  await expect(
    health.saveChecklist({ ...next, door: { kind: 'SERVO', output: 9, openUs: 1_500, closedUs: 1_450 } }),
  ).rejects.toThrow(/100 µs apart/);

  await health.start({ droneId: DRONE });
  await expect(health.start({ droneId: DRONE })).rejects.toThrow(/under way/);
  expect(await goNoGo(client, emergencyId)).toMatchObject({
    status: { result: 'NO_GO', sentence: expect.stringContaining('health check of it under way') },
    inference: { result: 'PASS' },
  });
  await expect(health.testMotor({ droneId: DRONE, motor: 1, propellersOff: false })).rejects.toThrow(
    /propellers/,
  );
  for (const motor of [1, 2, 3, 4]) await health.testMotor({ droneId: DRONE, motor, propellersOff: true });
  await expect(health.testDoor({ droneId: DRONE, movement: 'TEST', clear: false })).rejects.toThrow(
    /door’s way/,
  );
  await health.testDoor({ droneId: DRONE, movement: 'TEST', clear: true });
  await health.readParameters({ droneId: DRONE });
  await health.approveBaseline({ droneId: DRONE });
  const measured = await check(
    client,
    ({ automatic }) => automatic.every(({ result }) => result !== 'WAITING'),
    'the automatic part',
  );
  expect(itemOf(measured, 'parameters')?.result).toBe('PASS');
  expect(itemOf(measured, 'motor-4')).toMatchObject({
    result: 'PASS',
    measured: expect.stringContaining('rpm'),
  });
  expect(itemOf(measured, 'door-release')?.result).toBe('PASS');
  expect(itemOf(measured, 'inference-model')?.result).toBe('PASS');
  // From the RADIO_STATUS of the modem on the drone's own link.
  expect(itemOf(measured, 'radio-margin')).toMatchObject({ result: 'PASS', measured: '132 steps' });
  const systemId = 1;
  await client.vehicleTools.setParameter({ systemId, name: 'RTL_ALT', value: 4_500 });
  const drifted = await check(client, (open) => itemOf(open, 'parameters')?.result === 'CAUTION', 'drift');
  expect(itemOf(drifted, 'parameters')?.sentence).toContain('RTL_ALT is 4500, approved 3000');
  expect((await health.baselineDifferences({ droneId: DRONE })).differences).toHaveLength(1);

  const order = { droneId: DRONE, signedName: 'A. Lovelace', note: 'Annual.', untestedReason: null };
  await expect(health.sign({ ...order, decision: 'READY', nextDue: null })).rejects.toThrow(
    /not checked yet/,
  );
  await tickAll(client, drifted);
  await expect(health.sign({ ...order, decision: 'READY', nextDue: '2030-02-30' })).rejects.toThrow();
  const signed = await health.sign({ ...order, decision: 'READY', nextDue: '2031-03-01' });
  expect(signed).toMatchObject({
    ...{ droneId: DRONE, decision: 'READY', signedBy: 'operator12', firmware: 'ArduCopter 4.6.3' },
    ...{ checklist: { model: '', version: forAll.version + 1 }, untestedReason: null },
  });
  expect((await goNoGo(client, emergencyId)).status?.result).toBe('PASS');
  expect((await health.photos({ healthCheckId: signed.healthCheckId })).photos).toMatchObject([
    { itemId: 'frame', mediaType: 'image/png', base64: PNG },
  ]);

  // The second check grounds it.
  await health.start({ droneId: DRONE });
  await health.setManual({ droneId: DRONE, itemId: 'props', result: 'DEFECT', note: 'A nick.' });
  await health.sign({ ...order, decision: 'MAINTENANCE', nextDue: null });
  expect((await goNoGo(client, emergencyId)).status).toMatchObject({
    result: 'NO_GO',
    sentence: 'It is grounded for maintenance.',
  });
  const { checks } = await health.history({ droneId: DRONE, limit: 10 });
  expect(checks.map(({ decision }) => decision)).toEqual(['MAINTENANCE', 'READY']);
  const due = await firstOf(health.due(), ({ drones }) => drones.length > 0, WAIT_MS, 'what is due');
  expect(due.drones.find(({ droneId }) => droneId === DRONE)).toMatchObject({
    ...{ nextDue: '2031-03-01', lastDecision: 'MAINTENANCE' },
  });

  // Its parts were changed: how it flies is learnt anew.
  expect(await health.earlierFlights({ droneId: DRONE })).toEqual({ flights: 0, needed: 3 });
  await expect(other.health.forgetEarlierFlights({ droneId: DRONE })).rejects.toThrow(
    /permission|allowed|may not/i,
  );
  expect((await health.forgetEarlierFlights({ droneId: DRONE })).flights).toBe(0);

  // It goes silent while its door is opened, and the check is given up.
  await health.start({ droneId: DRONE });
  const broken = health.testDoor({ droneId: DRONE, movement: 'TEST', clear: true });
  const refused = expect(broken).rejects.toThrow(/went silent/);
  await check(client, ({ doorTest }) => (doorTest?.steps.length ?? 0) > 0, 'the door moves');
  await running.simulator?.stop();
  await refused;
  await health.discard({ droneId: DRONE });
  const left = await eventually(
    () => goNoGo(client, emergencyId),
    // What its sensor said last is old after 3 s.
    ({ aed }) => aed?.result === 'NO_GO',
    'the door that was left',
  );
  expect(left.aed?.sentence).toMatch(/door was broken off.*may stand open/);
  const { entries } = await client.people.audit({
    ...{ dispatcherId: 'operator12', action: null, fromMs: null, untilMs: null, before: null, limit: 100 },
  });
  const actions = entries.map(({ action }) => action);
  for (const action of [
    'CHECKLIST_CHANGED',
    'BASELINE_APPROVED',
    'MOTOR_TESTED',
    'DOOR_TESTED',
    'DOOR_TEST_BROKEN_OFF',
    'EARLIER_FLIGHTS_FORGOTTEN',
    'HEALTH_CHECK_SIGNED',
  ])
    expect(actions).toContain(action);
  expect(entries.find(({ action }) => action === 'DOOR_TEST_BROKEN_OFF')).toMatchObject({
    subject: DRONE,
    detail: { movement: 'TEST', towards: 'OPEN', sentence: expect.stringMatching(/went silent/) },
  });
});
