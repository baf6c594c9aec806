import { describe, expect, it } from 'vitest';
import { copyOfDisk, type Edit } from '../../support/sync-model-store.ts';
import { base, columnsOf, connected, has, NEW_BASE, soundAfterwards } from '../../support/sync-scene.ts';
import { ModelStation } from '../../support/sync-world.ts';

const DAY_MS = 86_400_000;
const emergency = (state: string): Edit => ({
  table: 'emergencies',
  rowId: 'e1',
  columns: { state, address: 'Elm', note: '' },
});

describe('what the lives have found while sync was built', () => {
  it('a clock that is days behind does not make an edit lose to what it knowingly replaces', async () => {
    const { world, s2 } = await connected();
    s2.skewMs = -3 * DAY_MS;
    s2.write([base('b1', { name: 'newer' })]);
    const verdict = await soundAfterwards(world);
    expect(verdict.conflictLogged).toBe(0);
    expect(columnsOf(s2, 'base_stations/b1')?.name).toBe('newer');
  });

  it.each(['waits during', 'is refused before'])(
    'an edit of a row that may no longer be seen, which %s the sweep, does not keep the row',
    async (when) => {
      const { world, s1, s2 } = await connected();
      s1.write([emergency('CA')]);
      await world.until(() => columnsOf(s2, 'emergencies/e1') !== undefined && world.isAtRest());
      world.server.regions = new Map([...world.server.regions, ['S2', new Set<string>()]]);
      world.server.visibility += 1;
      if (when === 'waits during') {
        s2.disk.visibility = world.server.visibility;
        const { store } = s2;
        if (store === null) throw new Error('S2 is off');
        s2.write([{ table: 'emergencies', rowId: 'e1', columns: { note: 'mine' } }], false);
        await store.beginFullPull();
        s2.disk.cursor = { epoch: world.server.epoch, txid: '0', seq: '0' };
        await store.sweep();
      } else s2.write([{ table: 'emergencies', rowId: 'e1', columns: { note: 'mine' } }]);
      const verdict = await soundAfterwards(world);
      expect(verdict.quarantined).toBe(1);
      expect(s2.disk.rows.has('emergencies/e1')).toBe(false);
    },
  );

  it('an edit does not become a part of a row on a server that was restored to before the row', async () => {
    const { world, s1, s2 } = await connected();
    const backup = world.server.backup();
    s1.write([base('b2', NEW_BASE)]);
    await world.until(() => has(s2, 'b2') && world.isAtRest());
    s1.stop();
    world.server.restore(backup);
    s2.write([base('b2', { name: 'edited' })]);
    await world.until(() => world.server.data.rejected.size === 1);
    expect(world.server.data.rows.has('base_stations/b2')).toBe(false);
    await soundAfterwards(world);
    expect(columnsOf(s1, 'base_stations/b2')).toEqual(NEW_BASE);
  });

  it('a zone that a restored server does not know is not removed there before its maker offers it again', async () => {
    const { world, s1, s2 } = await connected();
    const zone = { zone_polygon: '40-60', active: true, altitude_restriction_meters: null, name: 'z' };
    const backup = world.server.backup();
    s1.write([{ table: 'no_fly_zones', rowId: 'z1', columns: zone }]);
    await world.until(() => s2.disk.rows.has('no_fly_zones/z1') && world.isAtRest());
    s1.stop();
    world.server.restore(backup);
    s2.write([{ table: 'no_fly_zones', rowId: 'z1', columns: null }]);
    await world.until(() => world.server.data.rejected.size === 1);
    await soundAfterwards(world);
    expect(columnsOf(s1, 'no_fly_zones/z1')?.zone_polygon).toBe('40-60');
  });

  it('telemetry in flight over a restore is not taken by the restored server', async () => {
    const { world, s1 } = await connected();
    const backup = world.server.backup();
    const { epoch } = world.server;
    s1.disk.telemetryWritten = 8;
    await world.until(() => s1.disk.telemetryAcked === 8);
    world.server.restore(backup);
    await expect(
      world.server.pushTelemetry('S1', { position: 12, rows: 0, columns: [], text: [], more: false }, epoch),
    ).rejects.toThrow();
    await soundAfterwards(world);
    expect(world.server.data.telemetry.size).toBe(8);
  });

  it('the late greeting of a program that has crashed does not stop the one that runs', async () => {
    const { world, s1 } = await connected();
    await world.server.hello({ stationId: 'S1', incarnation: 1, runId: 'late', schema: 12, lastAckedSeq: 0 });
    s1.write([base('b2', NEW_BASE)]);
    await world.until(() => world.isAtRest() && s1.waiting() === 0, 60_000);
    expect(s1.engine?.status()).toMatchObject({ state: 'IN_STEP', fault: null });
    await soundAfterwards(world);
  });

  it('what was refused and is taken when it is offered again is no longer refused', async () => {
    const { world, s1, s2 } = await connected();
    s1.write([emergency('CA')]);
    await world.until(() => columnsOf(s2, 'emergencies/e1') !== undefined && world.isAtRest());
    const { regions } = world.server;
    const backup = world.server.backup();
    world.server.regions = new Map([...regions, ['S2', new Set<string>()]]);
    s2.write([{ table: 'emergencies', rowId: 'e1', columns: { note: 'mine' } }]);
    await world.until(() => world.server.data.rejected.size === 1 && s2.waiting() === 0);
    world.server.regions = regions;
    world.server.restore(backup);
    const verdict = await soundAfterwards(world);
    expect(verdict.quarantined).toBe(0);
    expect(s2.disk.outbox.filter(({ refused }) => refused !== null)).toEqual([]);
    expect(columnsOf(s1, 'emergencies/e1')?.note).toBe('mine');
  });

  it('an event of one’s own whose mission the restored server does not have is put aside, and stays here with the mission', async () => {
    const { world, s1, s2 } = await connected();
    const backup = world.server.backup();
    const mission = { emergency_id: 'e1', status: 'LAUNCHED', note: '' };
    s2.write([emergency('CA'), { table: 'missions', rowId: 'm1', columns: mission }]);
    await world.until(() => columnsOf(s1, 'missions/m1') !== undefined && world.isAtRest());
    s2.stop();
    world.server.restore(backup);
    s1.write([{ table: 'mission_events', rowId: 'v1', columns: { mission_id: 'm1', sentence: 'seen' } }]);
    await world.until(() => world.server.data.rejected.size === 1 && s1.waiting() === 0);
    await world.pass(30_000);
    expect(s1.engine?.status()).toMatchObject({ fault: null });
    expect(world.server.data.rows.has('mission_events/v1')).toBe(false);
    for (const key of ['mission_events/v1', 'missions/m1', 'emergencies/e1'])
      expect(columnsOf(s1, key), key).toBeDefined();
    // Its maker has been away: nothing else was held up by it, and it is there again once the maker has been here.
    const verdict = await soundAfterwards(world);
    expect(verdict.quarantined).toBe(1);
    for (const station of [s1, s2]) expect(columnsOf(station, 'missions/m1')).toMatchObject(mission);
    expect(columnsOf(s1, 'mission_events/v1')).toBeDefined();
  });

  it.each(['before the copy was made', 'after both have run'])(
    'a copy of a disk and its original over a server that is restored to %s: what both recorded is kept',
    async (when) => {
      const { world, s1, s2 } = await connected();
      let backup = world.server.backup();
      s1.write([base('shared', NEW_BASE)]);
      await world.until(() => world.isAtRest() && has(s2, 'shared'));
      const clone = new ModelStation(world, s1.stationId, copyOfDisk(s1.disk));
      world.clones.push(clone);
      clone.start();
      await world.pass(2_000);
      s1.write([base('original', NEW_BASE)]);
      clone.write([base('copy', NEW_BASE)]);
      await world.pass(5_000);
      if (when === 'after both have run') backup = world.server.backup();
      s1.write([base('original too', NEW_BASE)]);
      clone.write([base('copy too', NEW_BASE)]);
      await world.pass(5_000);
      world.server.restore(backup);
      await world.pass(10_000);
      await soundAfterwards(world);
      for (const id of ['shared', 'original', 'copy', 'original too', 'copy too'])
        expect(has(s2, id), id).toBe(true);
    },
  );
});
