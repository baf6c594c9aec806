import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { FleetEntry } from '../../../preload/contract/fleet.ts';
import type { LinksOverview } from '../../../preload/contract/links.ts';
import { RESCUE_SCENE } from '../../../scripts/rescue.ts';
import type { StationClient } from '../../../scripts/station-client.ts';
import { emergencyAt } from '../../support/launch-rescue.ts';
import { type RunningStation, runStation } from '../../support/running-station.ts';

const PATIENTLY = { timeout: 30_000, interval: 250 };
let running: RunningStation;
beforeAll(async () => {
  running = await runStation({ seed: 12, drones: 1, speed: 1 });
});
afterAll(() => running.stop());

async function overview(client: StationClient): Promise<LinksOverview> {
  for await (const now of await client.links.watch()) return now;
  throw new Error('The station told nothing of its links.');
}

async function fleet(client: StationClient): Promise<FleetEntry[]> {
  for await (const { entries } of await client.fleet.watch()) return entries;
  throw new Error('The station told nothing of its fleet.');
}

it('keeps links over a restart, and lets nobody change them who may not', async () => {
  const { client } = running;
  const options = { wired: true, acceptUnsigned: 'NEVER' } as const;
  await client.links.add({ address: 'tcp:127.0.0.1:9', ...options });
  await expect(client.links.add({ address: 'tcp:127.0.0.1:9', ...options })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  await client.links.addForwarding({ address: '127.0.0.1:9', twoWay: false });
  await client.links.setTlogBudget({ budgetBytes: 2e8 });
  const dispatcher = await running.signedInAs('dispatcher04');
  expect((await overview(dispatcher)).links).toHaveLength(2);
  await expect(dispatcher.links.remove({ linkId: 'tcp:127.0.0.1:9' })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  await expect(dispatcher.links.openReplay({ file: 'x.tlog' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(dispatcher.links.setUpSigning({ systemId: 1 })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const given = (await overview(client)).links.find(({ fixed }) => fixed);
  await expect(client.links.remove({ linkId: given?.linkId ?? '' })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  await expect(client.links.remove({ linkId: 'tcp:10.0.0.1:1' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });

  await running.killAndRestart();
  const after = await overview(running.client);
  expect(
    after.links.map(({ address, fixed, wired, acceptUnsigned }) => [address, fixed, wired, acceptUnsigned]),
  ).toEqual([
    [given?.address, true, false, 'UNLESS_KEYED'],
    ['tcp:127.0.0.1:9', false, true, 'NEVER'],
  ]);
  expect(after.forwarding).toMatchObject([{ address: 'udpout:127.0.0.1:9', twoWay: false }]);
  expect(after.tlog.budgetBytes).toBe(2e8);
});

it('F1 F2: replays its own recording beside the live drone, which stays out of reach and out of the records', async () => {
  const { client } = running;
  await vi.waitFor(
    async () => expect((await overview(client)).tlog.files.length).toBeGreaterThan(0),
    PATIENTLY,
  );
  await vi.waitFor(
    async () => expect((await fleet(client)).some(({ contact }) => contact === 'LIVE')).toBe(true),
    PATIENTLY,
  );
  // A recording is written a second at a time: one without a heartbeat has no vehicle.
  await vi.waitFor(
    async () => expect((await overview(client)).tlog.files.at(-1)?.sizeBytes).toBeGreaterThan(4_000),
    PATIENTLY,
  );
  const [file] = (await overview(client)).tlog.files.toReversed();
  await client.links.openReplay({ file: file?.name ?? '' });
  await vi.waitFor(async () => expect((await overview(client)).replay?.vehicles).toBe(1), PATIENTLY);
  await client.links.steerReplay({ speed: 20 });
  await vi.waitFor(async () => expect((await detail(client)).vehicle?.isReplay).toBe(true), PATIENTLY);
  const { systemId = 0 } = (await detail(client)).vehicle ?? {};
  const { vehicleTools } = client;
  const position = { latitudeDeg: 42.3, longitudeDeg: -71 };
  for (const asked of [
    vehicleTools.files({ systemId, folder: '/' }),
    vehicleTools.downloadFile({ systemId, path: '/a', sizeBytes: 1 }),
    vehicleTools.removeFile({ systemId, path: '/a' }),
    vehicleTools.uploadFence({ systemId }),
    vehicleTools.uploadRallyPoints({ systemId, points: [{ position, altitudeRelativeHomeM: 30 }] }),
    vehicleTools.clearPlan({ systemId, kind: 'RALLY' }),
  ])
    await expect(asked).rejects.toThrow(/This is a recording/);
  // A call needs the present: the replay is over before the decision.
  const { emergencyId } = await client.emergencies.create(emergencyAt(RESCUE_SCENE));
  await client.dispatch.assess({ emergencyId });
  expect((await overview(client)).replay).toBeNull();
  expect((await detail(client)).vehicle?.isReplay).toBe(false);
});

async function detail(client: StationClient) {
  const [entry] = (await fleet(client)).filter(({ contact }) => contact !== null);
  for await (const shown of await client.fleet.detail({ key: entry?.key ?? '' })) return shown;
  throw new Error('No vehicle is heard.');
}
