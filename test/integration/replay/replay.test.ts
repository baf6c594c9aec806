import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createReplay, type Replay } from '../../../main/station/replay/replay.ts';
import { shownVehicles } from '../../../main/station/shown-vehicles.ts';
import { createVehicles, type Vehicles } from '../../../main/station/vehicle/vehicle-registry.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { CopterPeer } from '../../support/copter-peer.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryLinks } from '../../support/memory-links.ts';

const GOLDEN = join(import.meta.dirname, '../../golden');
/** 40 s of two simulated drones on the ground, with damage in the middle. */
const TLOG = join(GOLDEN, 'two-drones.tlog');
const START_MS = Date.UTC(2026, 3, 2, 9, 30);
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function bench() {
  const clock = new FakeClock();
  const replay: Replay<Vehicles> = createReplay({
    folder: GOLDEN,
    makeVehicles: (links, replayClock) => createVehicles({ links, clock: replayClock, log: silent }),
    clock,
    log: silent,
  });
  closing.push(() => replay.shutDown());
  /** Lets so much of the present pass, and the disk keep up. */
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 50) {
      clock.advance(50);
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
      // A queue that is empty again has done the step.
      await replay.steer({});
    }
  };
  return { clock, replay, pass };
}

const statesOf = (replay: Replay<Vehicles>): VehicleState[] => replay.vehicles()?.states() ?? [];

/** Without what the present adds: ages and the moment of the test. */
function lasting(states: VehicleState[], nowMs: number): unknown {
  return JSON.parse(
    JSON.stringify(states, (name, value: unknown) =>
      name === 'receivedAtMs' && typeof value === 'number' ? Math.round(nowMs - value) : value,
    ),
  );
}

describe('a replay', () => {
  it('golden: a recording in, the vehicles as JSON out', async () => {
    const { clock, replay } = bench();
    await replay.open('two-drones.tlog');
    await replay.steer({ playing: false, positionMs: START_MS + 35_000 });
    const states = lasting(statesOf(replay), clock.nowMs());
    await expect(`${JSON.stringify(states, null, 2)}
`).toMatchFileSnapshot(join(GOLDEN, 'two-drones.json'));
    expect(replay.status()).toEqual({
      name: 'two-drones.tlog',
      startMs: START_MS,
      endMs: START_MS + 39_980,
      positionMs: START_MS + 35_000,
      speed: 1,
      playing: false,
      vehicles: 2,
    });
  });

  it('plays at the speed that was set, pauses, and ends', async () => {
    const { replay, pass } = bench();
    await replay.open(TLOG);
    await pass(1_000);
    expect(replay.status()?.positionMs).toBe(START_MS + 1_000);
    await replay.steer({ speed: 0.1 });
    await pass(1_000);
    expect(replay.status()?.positionMs).toBeCloseTo(START_MS + 1_100, 3);
    await replay.steer({ speed: 20 });
    await pass(500);
    expect(replay.status()?.positionMs).toBeCloseTo(START_MS + 11_100, 3);
    expect(statesOf(replay).map(({ isReplay, contact }) => [isReplay, contact])).toEqual([
      [true, 'LIVE'],
      [true, 'LIVE'],
    ]);
    await replay.steer({ playing: false });
    await pass(10_000);
    expect(replay.status()?.positionMs).toBeCloseTo(START_MS + 11_100, 3);
    expect(statesOf(replay)[0]?.contact).toBe('LIVE');
    await replay.steer({ playing: true });
    await pass(2_000);
    expect(replay.status()).toMatchObject({ positionMs: START_MS + 39_980, playing: false });
    await replay.steer({ playing: true });
    expect(replay.status()).toMatchObject({ positionMs: START_MS, playing: true });
  });

  it('shows after a seek what it shows when played there', async () => {
    const played = bench();
    await played.replay.open(TLOG);
    await played.replay.steer({ speed: 20 });
    await played.pass(1_250);
    const sought = bench();
    await sought.replay.open(TLOG);
    await sought.replay.steer({ playing: false, positionMs: START_MS + 39_000 });
    await sought.replay.steer({ positionMs: START_MS + 25_000 });
    expect(played.replay.status()?.positionMs).toBe(START_MS + 25_000);
    const brief = (replay: Replay<Vehicles>) =>
      statesOf(replay).map(({ systemId, position, battery, contact, modeText }) => ({
        ...{ systemId, contact, modeText },
        at: [position?.latitudeDeg, position?.longitudeDeg, battery?.voltageV],
      }));
    expect(brief(sought.replay)).toEqual(brief(played.replay));
  });

  it('refuses what is no recording, and goes on with the one that it has', async () => {
    const { replay } = bench();
    const folder = await mkdtemp(join(tmpdir(), 'skyrescue-replay-'));
    closing.push(() => rm(folder, { recursive: true }));
    const text = join(folder, 'text.tlog');
    writeFileSync(text, 'no MAVLink in here '.repeat(10_000));
    await replay.open(TLOG);
    await expect(replay.open(text)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(replay.open('missing.tlog')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(replay.open('../golden/two-drones.tlog')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(replay.open('/etc/passwd')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(replay.status()?.name).toBe('two-drones.tlog');
    await replay.close();
    await expect(replay.steer({ speed: 2 })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('F1 F2: commands neither the vehicle that is shown nor the live one of its number', async () => {
    const { clock, replay } = bench();
    const links = new MemoryLinks(clock);
    const received: Uint8Array[] = [];
    const copter = new CopterPeer(1, clock, (bytes) => path.deliver(bytes));
    const path = links.connect('live', 1, (bytes) => {
      received.push(bytes);
      copter.receive(bytes);
    });
    const live = createVehicles({ links, clock, log: silent });
    closing.push(() => Promise.resolve(live.close()));
    await clock.run(3_000);
    const shown = shownVehicles(live, replay);
    expect(shown.find(1)?.state().isReplay).toBe(false);

    await replay.open(TLOG);
    await replay.steer({ playing: false, positionMs: START_MS + 30_000 });
    const drone = shown.find(1);
    if (drone === null) throw new Error('The drone of the recording is not shown.');
    expect(drone.state()).toMatchObject({ isReplay: true, contact: 'LIVE' });
    const before = received.length;
    const orders = [
      () => drone.returnHome(),
      () => drone.landHere(),
      () => drone.hold(),
      () => drone.arm({ setsHome: true }),
      () => drone.startMission(),
      () => drone.releaseAed(),
      () => drone.uploadExclusions([]),
      () => drone.uploadPlan([{ kind: 'TAKEOFF', altitudeRelativeHomeM: 30 }]),
    ];
    for (const order of orders)
      await expect(order()).rejects.toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringMatching(/replay/),
      });
    expect(received.length).toBe(before);

    await replay.close();
    expect(shown.find(1)?.state().isReplay).toBe(false);
  });
});
