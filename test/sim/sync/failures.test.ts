import { describe, expect, it } from 'vitest';
import type { Columns } from '../../../db/sync/wire.ts';
import { faultsOf } from '../../support/sync-chaos.ts';
import { copyOfDisk, type Edit } from '../../support/sync-model-store.ts';
import { judge } from '../../support/sync-oracle.ts';
import {
  base,
  columnsOf,
  connected,
  has,
  NEW_BASE,
  type Scene,
  soundAfterwards,
} from '../../support/sync-scene.ts';
import { ModelStation } from '../../support/sync-world.ts';

/** The failure suite as far as one process can show it (docs/sync.md has the table of all forty cases). */

const DAY_MS = 86_400_000;
/** Both edit while neither reaches the server, then come back, `first` some time before the other. */
async function apart(
  { world, s1, s2 }: Scene,
  one: readonly Edit[],
  two: readonly Edit[],
  first: 1 | 2 = 1,
): Promise<void> {
  for (const station of [s1, s2]) station.weather.mode = 'DOWN';
  await world.pass(8_000);
  s1.write(one);
  await world.pass(2_000);
  s2.write(two);
  (first === 1 ? s1 : s2).weather.mode = 'UP';
  await world.pass(40_000);
}

describe('cut off in the middle', () => {
  it('case 2: killed in the middle of a push: the change is applied once', async () => {
    const { world, s1 } = await connected();
    for (const atMs of [10, 30, 50, 80, 120, 200]) {
      s1.write([base(`k${atMs}`, NEW_BASE)]);
      await world.pass(atMs, 5);
      s1.stop();
      await world.pass(500);
      s1.start();
      await world.pass(500);
    }
    const verdict = await soundAfterwards(world);
    expect(verdict.applied).toBe(7);
  });

  it('case 3: committed and the answer lost: asked again, applied once', async () => {
    const { world, s1 } = await connected();
    s1.weather.lostAnswers = 1;
    s1.write([base('b2', NEW_BASE)]);
    await world.until(() => world.server.data.rows.has('base_stations/b2'));
    expect(s1.waiting()).toBe(1);
    expect((await soundAfterwards(world)).applied).toBe(2);
    expect(world.server.history).toHaveLength(2);
  });

  it('case 3: the refusal in an answer that got lost is heard when it is asked again', async () => {
    const { world, s1 } = await connected();
    s1.weather.lostAnswers = 1;
    s1.write([base('poison', { ...NEW_BASE, capacity: -1 })]);
    await world.until(() => world.server.data.rejected.size === 1);
    await soundAfterwards(world);
    expect(s1.disk.outbox.at(-1)?.refused).toMatchObject({ sqlState: '23514' });
  });

  it('case 6: a partition in the middle of a pull: what came is kept, the rest comes later, nothing twice', async () => {
    const { world, s1, s2 } = await connected();
    s2.stop();
    for (let index = 0; index < 40; index++) s1.write([base(`p${index}`, NEW_BASE)]);
    await world.until(() => s1.waiting() === 0);
    s2.start();
    await world.until(() => has(s2, 'p5'));
    s2.weather.mode = 'DOWN';
    await world.pass(20_000);
    const [before, cursor] = [s2.disk.rows.size, s2.disk.cursor];
    expect(before).toBeLessThan(41);
    expect(cursor).not.toBeNull();
    await soundAfterwards(world);
    expect(s2.disk.rows.size).toBe(41);
  });

  it('case 7: a half-open connection is given up after 30 s and the work is done on a new one', async () => {
    const { world, s1 } = await connected();
    s1.weather.mode = 'HALF_OPEN';
    s1.write([base('b2', NEW_BASE)]);
    await world.pass(5_000);
    expect(s1.engine?.status().fault).toBeNull();
    await world.pass(32_000);
    expect(s1.engine?.status()).toMatchObject({ fault: { kind: 'UNREACHABLE' } });
    await soundAfterwards(world);
  });
});

describe('two stations that do not know of each other', () => {
  it.each([1, 2] as const)(
    'case 8: one column: the later holds, the other is kept; station %i first',
    async (first) => {
      const scene = await connected();
      await apart(scene, [base('b1', { name: 'one' })], [base('b1', { name: 'two' })], first);
      const verdict = await soundAfterwards(scene.world);
      expect(verdict.conflictLogged).toBe(1);
      expect(columnsOf(scene.s1, 'base_stations/b1')?.name).toBe('two');
    },
  );

  it('case 9: different columns: both hold, no conflict', async () => {
    const scene = await connected();
    await apart(scene, [base('b1', { name: 'one' })], [base('b1', { contact: 'two' })]);
    expect((await soundAfterwards(scene.world)).conflictLogged).toBe(0);
    expect(columnsOf(scene.s2, 'base_stations/b1')).toMatchObject({ name: 'one', contact: 'two' });
  });

  it.each([1, 2] as const)(
    'case 10: an abort against a completion: aborted, station %i first',
    async (first) => {
      const scene = await connected();
      const mission = (columns: Columns): Edit => ({ table: 'missions', rowId: 'm1', columns });
      scene.s1.write([
        { table: 'emergencies', rowId: 'e1', columns: { state: 'CA', address: 'Elm', note: '' } },
        mission({ emergency_id: 'e1', status: 'LAUNCHED', note: '' }),
      ]);
      await scene.world.until(() => scene.world.isAtRest() && scene.s2.disk.rows.has('missions/m1'));
      await apart(scene, [mission({ status: 'ABORTED' })], [mission({ status: 'COMPLETED' })], first);
      await soundAfterwards(scene.world);
      for (const station of [scene.s1, scene.s2])
        expect(columnsOf(station, 'missions/m1')?.status).toBe('ABORTED');
    },
  );

  it.each([1, 2] as const)(
    'case 12: an edit after a deletion brings the row back whole; station %i first',
    async (first) => {
      const scene = await connected();
      await apart(scene, [base('b1', null)], [base('b1', { name: 'kept' })], first);
      await soundAfterwards(scene.world);
      for (const station of [scene.s1, scene.s2])
        expect(columnsOf(station, 'base_stations/b1')).toEqual({ ...NEW_BASE, name: 'kept' });
    },
  );
});

describe('wrong clocks', () => {
  it('case 13: a clock three days ahead wins nothing that others do later', async () => {
    const scene = await connected();
    scene.s1.skewMs = 3 * DAY_MS;
    scene.s1.write([base('b1', { name: 'from the future' })]);
    await scene.world.until(() => scene.world.isAtRest());
    await scene.world.pass(61_000, 500);
    scene.s2.write([base('b1', { name: 'now' })]);
    await soundAfterwards(scene.world);
    expect(columnsOf(scene.s1, 'base_stations/b1')?.name).toBe('now');
  });

  it('case 14: a clock that jumps back does not undo what the same station does afterwards', async () => {
    const scene = await connected();
    scene.s1.weather.mode = 'DOWN';
    scene.s1.write([base('b1', { name: 'first' })]);
    scene.s1.skewMs = -3 * DAY_MS;
    scene.s1.write([base('b1', { name: 'second' })]);
    expect((await soundAfterwards(scene.world)).conflictLogged).toBe(0);
    expect(columnsOf(scene.s2, 'base_stations/b1')?.name).toBe('second');
  });

  it('case 15: a counter that is used up keeps the order of changes', async () => {
    const scene = await connected();
    scene.s1.disk.clock = { ms: scene.world.clock.nowMs() + 30_000, counter: 99_998 };
    for (const name of ['one', 'two', 'three']) scene.s1.write([base('b1', { name })]);
    await soundAfterwards(scene.world);
    expect(columnsOf(scene.s2, 'base_stations/b1')?.name).toBe('three');
  });
});

describe('restores and copies', () => {
  it('case 16: the server is restored to before changes that it acknowledged: stations offer them again', async () => {
    const { world, s1, s2 } = await connected();
    const backup = world.server.backup();
    s1.write([base('after', NEW_BASE)]);
    s2.write([base('b1', { name: 'after' })]);
    await world.until(() => world.isAtRest() && has(s2, 'after'));
    world.server.restore(backup);
    expect((await soundAfterwards(world)).applied).toBe(3);
    expect(columnsOf(s1, 'base_stations/b1')?.name).toBe('after');
    expect(has(s2, 'after')).toBe(true);
  });

  it('case 17: a station is restored to before changes that it pushed: new work is not taken for the old', async () => {
    const { world, s1, s2 } = await connected();
    const old = copyOfDisk(s1.disk);
    s1.write([base('pushed', NEW_BASE)]);
    await world.until(() => world.isAtRest());
    s1.stop();
    s1.disk = old;
    s1.start();
    s1.write([base('new', NEW_BASE)]);
    await soundAfterwards(world);
    expect(s1.disk.incarnation).toBe(2);
    for (const station of [s1, s2])
      expect([has(station, 'pushed'), has(station, 'new')]).toEqual([true, true]);
  });

  it('case 18: a copy of the disk that runs too is told apart; what both recorded is kept', async () => {
    const { world, s1, s2 } = await connected();
    const clone = new ModelStation(world, s1.stationId, copyOfDisk(s1.disk));
    world.clones.push(clone);
    clone.start();
    await world.pass(2_000);
    s1.write([base('original', NEW_BASE)]);
    clone.write([base('copy', NEW_BASE)]);
    await world.until(() => s1.engine?.status().state === 'NEEDS_PERSON', 60_000);
    await soundAfterwards(world);
    expect([has(s2, 'original'), has(s2, 'copy')]).toEqual([true, true]);
  });

  it('case 18: of two copies that have numbers of their own, the one that is overtaken while it runs says so', async () => {
    const { world, s1 } = await connected();
    const ledger = world.server.data.ledgers.get('S1');
    if (ledger === undefined) throw new Error('S1 has not greeted');
    world.server.data.ledgers.set('S1', { ...ledger, incarnation: 9 });
    s1.write([base('kept', NEW_BASE)]);
    await world.until(() => s1.engine?.status().state === 'NEEDS_PERSON', 60_000);
    expect(s1.engine?.status().fault).toMatchObject({ kind: 'CLONED' });
    s1.engine?.syncNow();
    await soundAfterwards(world);
    expect(s1.disk.incarnation).toBe(10);
  });

  it('case 33: offline beyond the memory of deletions: everything is pulled, and what is gone goes', async () => {
    const { world, s1, s2 } = await connected();
    s2.stop();
    s1.write([base('b1', null)]);
    s1.write([base('b2', NEW_BASE)]);
    await world.until(() => s1.waiting() === 0);
    await world.pass(5_000);
    world.server.expireLog();
    s2.write([base('never', NEW_BASE)]);
    s2.start();
    await soundAfterwards(world);
    expect([has(s2, 'b1'), has(s2, 'b2')]).toEqual([false, true]);
  });

  it('S8: damage that nobody noticed is found by the digests and healed', async () => {
    const { world, s2 } = await connected();
    const row = s2.disk.rows.get('base_stations/b1');
    if (row === undefined) throw new Error('b1 is missing');
    const state = { ...row.state, columns: { ...row.state.columns, name: 'flipped bit' } };
    s2.disk.rows.set('base_stations/b1', { ...row, state });
    expect(faultsOf(judge(world))).not.toEqual([]);
    await world.until(() => columnsOf(s2, 'base_stations/b1')?.name === 'Oak', 2_400_000);
    await soundAfterwards(world);
  });
});

describe('much at once', () => {
  it('case 34: a backlog goes out in bounded pages, and work in between does not wait behind telemetry', async () => {
    const { world, s1 } = await connected();
    s1.weather.mode = 'DOWN';
    s1.disk.telemetryWritten += 3_000;
    for (let index = 0; index < 3_000; index++) s1.write([base('b1', { contact: `c${index}` })], false);
    s1.weather.mode = 'UP';
    await world.until(() => s1.waiting() === 0 && s1.disk.telemetryAcked > 0);
    s1.write([base('urgent', NEW_BASE)]);
    await world.until(() => world.server.data.rows.has('base_stations/urgent'));
    expect(s1.disk.telemetryAcked).toBeLessThan(s1.disk.telemetryWritten);
    expect(world.largestBatch).toBeLessThanOrEqual(2_000);
    await world.until(() => world.isAtRest(), 400_000);
    expect(faultsOf(judge(world))).toEqual([]);
  });

  it('case 35: telemetry that is torn off in the middle is sent again and is there once', async () => {
    const { world, s1 } = await connected();
    Object.assign(s1.weather, { lostAnswers: 0.5, repeated: 0.5 });
    s1.disk.telemetryWritten = 60;
    await world.pass(60_000);
    await soundAfterwards(world);
    expect(world.server.data.telemetry.size).toBe(60);
  });
});

describe('S14: a lease on a drone', () => {
  it('is asked of the centre beside other work, and is OFFLINE within seconds if it is not reached', async () => {
    const { world, s1 } = await connected();
    const lease = { droneId: 'Alpha-1', missionId: 'm1', untilMs: world.clock.nowMs() + 60_000 };
    const answers: unknown[] = [];
    const ask = (): void => void s1.engine?.lease(lease).then((answer) => answers.push(answer));
    ask();
    await world.pass(1_000);
    s1.weather.mode = 'HALF_OPEN';
    ask();
    await world.pass(2_000);
    expect(answers).toEqual([{ state: 'HELD' }, { state: 'OFFLINE' }]);
    await soundAfterwards(world);
  });
});
