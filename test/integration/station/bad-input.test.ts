import { createSocket } from 'node:dgram';
import { isDefinedError, safe } from '@orpc/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { RESCUE_SCENE } from '../../../scripts/rescue.ts';
import { firstOf } from '../../../scripts/station-client.ts';
import { emergencyAt, launchRescue } from '../../support/launch-rescue.ts';
import { type RunningStation, runStation } from '../../support/running-station.ts';

const SPEED = 4;
let running: RunningStation;
beforeAll(async () => {
  running = await runStation({ seed: 21, speed: SPEED });
});
afterAll(() => running.stop());

/** The refusal of a call: its code and its sentence. */
async function refusal(call: Promise<unknown>): Promise<{ code: string; message: string }> {
  const { error } = await safe(call as Promise<never>);
  if (error === null) throw new Error('The call was not refused.');
  const { code, message } = error as unknown as { code: string; message: string };
  return { code, message };
}

test('coordinates out of range name the field and save nothing', async () => {
  const { code, message } = await refusal(
    running.client.emergencies.create(emergencyAt({ latitudeDeg: 142, longitudeDeg: -71 })),
  );
  expect(code).toBe('INVALID_INPUT');
  expect(message).toContain('Latitude must be between -90 and 90 degrees.');
});

test('a text of 10 MB is refused with its limit, and the connection lives on', async () => {
  const callerWords = 'x'.repeat(10 * 1024 * 1024);
  const { code, message } = await refusal(
    running.client.emergencies.create(emergencyAt(RESCUE_SCENE, { callerWords })),
  );
  expect(code).toBe('INVALID_INPUT');
  expect(message).toContain('5,000 characters');
  await expect(running.client.session.greeting()).resolves.toBeDefined();
});

test('an empty name of a zone and a polygon that crosses itself are refused', async () => {
  const zone = {
    name: '',
    type: 'TEMPORARY' as const,
    corners: [
      { latitudeDeg: 42.4, longitudeDeg: -71.1 },
      { latitudeDeg: 42.41, longitudeDeg: -71.09 },
      { latitudeDeg: 42.41, longitudeDeg: -71.1 },
      { latitudeDeg: 42.4, longitudeDeg: -71.09 },
    ],
    ceilingAglM: null,
    startsAtMs: null,
    endsAtMs: null,
    authority: null,
    authorityReference: null,
    active: true,
  };
  expect((await refusal(running.client.airspace.createZone(zone))).message).toContain(
    'name must not be empty',
  );
  const crossed = await refusal(running.client.airspace.createZone({ ...zone, name: 'Bow tie' }));
  expect(crossed.code).toBe('INVALID_INPUT');
  expect(crossed.message.toLowerCase()).toContain('cross');
});

test('a drone that does not exist cannot be launched', async () => {
  const { emergencyId } = await running.client.emergencies.create(emergencyAt(RESCUE_SCENE));
  const { decisionId } = await running.client.dispatch.assess({ emergencyId });
  expect((await refusal(running.client.dispatch.launch({ decisionId, droneId: 'Zulu-9' }))).code).toBe(
    'NOT_FOUND',
  );
});

test('a second launch of the same drone is refused, and so is one for a drone that is out of contact', async () => {
  const mission = await launchRescue(running.client, RESCUE_SCENE, SPEED);
  const { emergencyId } = await running.client.emergencies.create(
    emergencyAt({ latitudeDeg: 42.352, longitudeDeg: -71.07 }),
  );
  const { decisionId } = await running.client.dispatch.assess({ emergencyId });
  const second = await refusal(running.client.dispatch.launch({ decisionId, droneId: mission.droneId }));
  expect(['DRONE_BUSY', 'NO_GO']).toContain(second.code);

  await running.client.fleet.register({
    droneId: 'Ghost-1',
    systemId: 200,
    serialNumber: 'SR-1000-GHOST',
    baseStationId: 'BOS-1',
  });
  const again = await running.client.dispatch.assess({ emergencyId });
  const offline = await refusal(
    running.client.dispatch.launch({ decisionId: again.decisionId, droneId: 'Ghost-1' }),
  );
  expect(['NO_GO', 'DRONE_OUT_OF_CONTACT']).toContain(offline.code);
  expect(offline.message.length).toBeGreaterThan(20);
  await running.client.missions.abort({ missionId: mission.missionId, reason: 'Test is over' });
});

test('an unknown call has a sentence and a code', async () => {
  const unknown = running.client as unknown as { missions: { detonate(input: object): Promise<never> } };
  expect(await refusal(unknown.missions.detonate({}))).toEqual({
    code: 'NOT_FOUND',
    message: 'There is no call named missions.detonate.',
  });
});

test('a call without a sign-in is refused, and a dispatcher may not change zones', async () => {
  const dispatcher = await running.signedInAs('dispatcher04');
  const [zone] = await firstOf(
    dispatcher.airspace.watchZones(),
    (update) => update.kind === 'SNAPSHOT',
    10_000,
    'zones',
  ).then((update) => (update.kind === 'SNAPSHOT' ? update.zones : []));
  if (zone === undefined) throw new Error('There are no zones.');
  const { inForce: _, ...input } = zone;
  expect((await refusal(dispatcher.airspace.updateZone({ ...input, active: false }))).code).toBe('FORBIDDEN');
  await dispatcher.session.signOut();
  expect((await refusal(dispatcher.airspace.updateZone({ ...input, active: false }))).code).toBe(
    'NOT_SIGNED_IN',
  );
});

test('a wrong token and a foreign origin never reach the contract', async () => {
  const { host } = new URL(running.url);
  const status = (address: string, headers: Record<string, string>): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(address, { headers });
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode);
        response.resume();
        socket.terminate();
      });
      socket.on('open', () => reject(new Error('The socket opened.')));
      socket.on('error', () => {});
    });
  expect(await status(`ws://${host}/rpc?token=wrong`, {})).toBe(401);
  const token = new URLSearchParams(new URL(running.url).hash.slice(1)).get('token') ?? '';
  expect(await status(`ws://${host}/rpc?token=${token}`, { origin: 'https://evil.example' })).toBe(403);
});

test('garbage on the UDP port is counted and harms nobody', async () => {
  const before = await firstOf(running.client.system.watch(), () => true, 10_000, 'status');
  const address = before.links[0]?.address ?? '';
  const port = Number(address.split(':').at(-1));
  const socket = createSocket('udp4');
  for (let index = 0; index < 200; index++) {
    const noise = Buffer.from(Array.from({ length: 60 }, (_unused, byte) => (index * 31 + byte * 17) % 256));
    await new Promise<void>((resolve) => socket.send(noise, port, '127.0.0.1', () => resolve()));
  }
  socket.close();
  const after = await firstOf(
    running.client.system.watch(),
    (status) => status.vehiclesHeard === before.vehiclesHeard && status.nowMs > before.nowMs,
    10_000,
    'status after the noise',
  );
  expect(after.links[0]?.state).toBe('OPEN');
});

test('refusals are the contract’s own errors', async () => {
  const { error } = await safe(
    running.client.missions.get({ missionId: '018bcfe5-6800-7000-8000-000000000000' }),
  );
  expect(isDefinedError(error)).toBe(true);
  const unnamed = await safe(running.client.session.resume({ token: 'nobody has this' }));
  expect(isDefinedError(unnamed.error)).toBe(true);
});
