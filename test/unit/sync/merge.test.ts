import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterChange,
  afterPull,
  isLive,
  joined,
  moreRestrictive,
  type RowState,
  same,
  statusRank,
  type ZoneGeometry,
} from '../../../db/sync/merge.ts';
import type { Json, RowChange } from '../../../db/sync/wire.ts';
import { intervalGeometry } from '../../support/sync-geometry.ts';

const STATUSES = ['LAUNCHED', 'IN_FLIGHT', 'LANDED', 'RETURNING', 'COMPLETED', 'ABORTED'];

const stamp = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 1 }), fc.constantFrom('a', 'b', 'c'))
  .map(([ms, counter, station]) => `${String(ms).padStart(15, '0')}-0000${counter}-${station}`);

const missionCell = (column: string) =>
  column === 'status' ? fc.constantFrom(...STATUSES) : fc.constantFrom<Json>(1, 2, 'x', null);

const mission: fc.Arbitrary<RowState> = fc
  .record({
    cells: fc.array(
      fc
        .constantFrom('status', 'address', 'note')
        .chain((column) => fc.tuple(fc.constant(column), missionCell(column), stamp)),
      { minLength: 1, maxLength: 4 },
    ),
    deletedAt: fc.option(stamp, { nil: null }),
  })
  .map(({ cells, deletedAt }) => ({
    columns: Object.fromEntries(cells.map(([column, value]) => [column, value])),
    stamps: Object.fromEntries(cells.map(([column, , at]) => [column, at])),
    deletedAt,
  }));

const join = (left: RowState, right: RowState): RowState => joined('missions', left, right);

describe('the join of rows (S4)', () => {
  it('is commutative', () => {
    fc.assert(
      fc.property(mission, mission, (a, b) => {
        expect(join(a, b)).toEqual(join(b, a));
      }),
    );
  });
  it('is associative', () => {
    fc.assert(
      fc.property(mission, mission, mission, (a, b, c) => {
        expect(join(join(a, b), c)).toEqual(join(a, join(b, c)));
      }),
    );
  });
  it('is idempotent', () => {
    fc.assert(
      fc.property(mission, mission, (a, b) => {
        expect(join(join(a, b), b)).toEqual(join(a, b));
      }),
    );
  });
  it('is monotone: a status never goes back, a stamp and a deletion never get older', () => {
    fc.assert(
      fc.property(mission, mission, (a, b) => {
        const both = join(a, b);
        for (const side of [a, b]) {
          if (side.stamps.status !== undefined)
            expect(statusRank(both.columns.status ?? null)).toBeGreaterThanOrEqual(
              statusRank(side.columns.status ?? null),
            );
          for (const column of ['address', 'note'])
            if (side.stamps[column]) expect((both.stamps[column] ?? '') >= side.stamps[column]).toBe(true);
          if (side.deletedAt !== null) expect((both.deletedAt ?? '') >= side.deletedAt).toBe(true);
        }
      }),
    );
  });
});

const zone: fc.Arbitrary<RowState> = fc
  .record({
    shape: fc
      .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 6, max: 9 }))
      .map(([a, b]) => `${a}-${b}`),
    active: fc.boolean(),
    ceiling: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
    start: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
    end: fc.option(fc.integer({ min: 4, max: 7 }), { nil: null }),
    name: fc.constantFrom('x', 'y'),
    at: stamp,
  })
  .map(({ shape, active, ceiling, start, end, name, at }) => {
    const columns = {
      zone_polygon: shape,
      active,
      altitude_restriction_meters: ceiling,
      start_time: start,
      end_time: end,
      name,
      version: 2,
    };
    const stamps = Object.fromEntries(Object.keys(columns).map((column) => [column, at]));
    return { columns, stamps, deletedAt: null };
  });

/** What a pilot meets; the version only counts how often it was joined. */
function meaning({ columns: { version: _, ...columns } }: RowState) {
  return columns;
}

describe('the join of zones (F9)', () => {
  const strict = (a: RowState, b: RowState): RowState => moreRestrictive(a, b, intervalGeometry);
  it('is commutative, associative and idempotent in what it forbids', () => {
    fc.assert(
      fc.property(zone, zone, zone, (a, b, c) => {
        expect(meaning(strict(a, b))).toEqual(meaning(strict(b, a)));
        expect(meaning(strict(strict(a, b), c))).toEqual(meaning(strict(a, strict(b, c))));
        expect(meaning(strict(strict(a, b), b))).toEqual(meaning(strict(a, b)));
      }),
    );
  });
  it('never allows what either forbids', () => {
    fc.assert(
      fc.property(zone, zone, (a, b) => {
        const both = strict(a, b);
        for (const side of [a, b]) {
          expect(forbidsAtLeast(both, side, intervalGeometry)).toBe(true);
        }
      }),
    );
  });
});

/** Every place, height and time that `part` forbids is forbidden by `whole`. */
function forbidsAtLeast(whole: RowState, part: RowState, geometry: ZoneGeometry): boolean {
  if (part.columns.active !== true) return true;
  const [w, p] = [whole.columns, part.columns];
  const bound = (value: Json | undefined, none: number): number => (value == null ? none : Number(value));
  return (
    w.active === true &&
    geometry.covers(w.zone_polygon ?? null, p.zone_polygon ?? null) &&
    bound(w.altitude_restriction_meters, Infinity) >= bound(p.altitude_restriction_meters, Infinity) &&
    bound(w.start_time, -Infinity) <= bound(p.start_time, -Infinity) &&
    bound(w.end_time, Infinity) >= bound(p.end_time, Infinity)
  );
}

const at = (ms: number, station: string): string => `${String(ms).padStart(15, '0')}-00000-${station}`;
const change = (partial: Partial<RowChange>): RowChange => ({
  table: 'emergencies',
  rowId: 'r',
  op: 'UPSERT',
  columns: {},
  stamp: at(1, 'a'),
  baseVersion: null,
  replaced: {},
  ...partial,
});
const apply = (rule: 'COLUMNS' | 'ZONE', changes: readonly RowChange[]) => {
  let row: RowState | null = null;
  const lost: unknown[] = [];
  for (const next of changes) {
    const outcome = afterChange(rule, row, next, intervalGeometry);
    row = outcome.row;
    lost.push(...outcome.lost);
  }
  return { row: row as RowState | null, lost };
};

/** Every order of `items`. */
function orders<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((first, index) =>
    orders(items.filter((_, other) => other !== index)).map((rest) => [first, ...rest]),
  );
}

describe('changes on the server', () => {
  const created = change({ columns: { address: 'Elm 1', note: 'n' }, stamp: at(1, 'a') });
  const seen = { address: at(1, 'a'), note: at(1, 'a') };

  it('case 8: the same column on two stations: the later stamp holds in every order, the other is kept', () => {
    const byA = change({ columns: { address: 'A' }, stamp: at(5, 'a'), replaced: seen });
    const byB = change({ columns: { address: 'B' }, stamp: at(6, 'b'), replaced: seen });
    for (const order of orders([byA, byB])) {
      const { row, lost } = apply('COLUMNS', [created, ...order]);
      expect(row?.columns).toEqual({ address: 'B', note: 'n' });
      expect(lost).toEqual([{ column: 'address', value: 'A', stamp: at(5, 'a') }]);
    }
  });

  it('case 9: different columns on two stations: both hold, nothing is lost', () => {
    const byA = change({ columns: { address: 'A' }, stamp: at(5, 'a'), replaced: seen });
    const byB = change({ columns: { note: 'B' }, stamp: at(6, 'b'), replaced: seen });
    for (const order of orders([byA, byB])) {
      const { row, lost } = apply('COLUMNS', [created, ...order]);
      expect(row?.columns).toEqual({ address: 'A', note: 'B' });
      expect(lost).toEqual([]);
    }
  });

  it('case 10: an abort holds against a completion in every order and whatever the clocks say', () => {
    const table = 'missions';
    const launched = change({ table, columns: { status: 'LAUNCHED' }, stamp: at(1, 'a') });
    const replaced = { status: at(1, 'a') };
    const completed = change({ table, columns: { status: 'COMPLETED' }, stamp: at(9, 'a'), replaced });
    const aborted = change({ table, columns: { status: 'ABORTED' }, stamp: at(2, 'b'), replaced });
    const landed = change({ table, columns: { status: 'LANDED' }, stamp: at(12, 'c'), replaced });
    for (const order of orders([completed, aborted, landed])) {
      const { row, lost } = apply('COLUMNS', [launched, ...order]);
      expect(row?.columns.status).toBe('ABORTED');
      expect(lost.length).toBeGreaterThan(0);
    }
  });

  it('case 11: a stale status after a newer one changes nothing', () => {
    const table = 'missions';
    const launched = change({ table, columns: { status: 'LAUNCHED' }, stamp: at(1, 'a') });
    const arrived = change({ table, columns: { status: 'ARRIVED' }, stamp: at(3, 'a'), replaced: {} });
    const stale = change({ table, columns: { status: 'IN_FLIGHT' }, stamp: at(20, 'b'), replaced: {} });
    expect(apply('COLUMNS', [launched, arrived, stale]).row?.columns.status).toBe('ARRIVED');
  });

  it('case 12: an edit against a deletion: the later holds in every order, the row comes back whole', () => {
    const deletion = change({ op: 'DELETE', stamp: at(5, 'b'), replaced: seen });
    const laterEdit = change({ columns: { note: 'later' }, stamp: at(6, 'a'), replaced: seen });
    const earlierEdit = change({ columns: { note: 'earlier' }, stamp: at(4, 'a'), replaced: seen });
    for (const order of orders([deletion, laterEdit])) {
      const { row, lost } = apply('COLUMNS', [created, ...order]);
      expect(row !== null && isLive(row)).toBe(true);
      expect(row?.columns).toEqual({ address: 'Elm 1', note: 'later' });
      expect(lost).toEqual([{ column: null, value: null, stamp: at(5, 'b') }]);
    }
    for (const order of orders([deletion, earlierEdit])) {
      const { row, lost } = apply('COLUMNS', [created, ...order]);
      expect(row !== null && isLive(row)).toBe(false);
      expect(lost).toEqual([{ column: 'note', value: 'earlier', stamp: at(4, 'a') }]);
    }
  });

  it('whoever has seen a value may overwrite it without a conflict', () => {
    const second = change({ columns: { address: 'A' }, stamp: at(5, 'b'), replaced: seen });
    const third = change({ columns: { address: 'C' }, stamp: at(7, 'c'), replaced: { address: at(5, 'b') } });
    expect(apply('COLUMNS', [created, second, third]).lost).toEqual([]);
  });

  it('equal values from two stations are no conflict', () => {
    const byA = change({ columns: { address: 'Oak' }, stamp: at(5, 'a'), replaced: seen });
    const byB = change({ columns: { address: 'Oak' }, stamp: at(6, 'b'), replaced: seen });
    expect(apply('COLUMNS', [created, byA, byB]).lost).toEqual([]);
  });
});

describe('zone changes on the server (F9)', () => {
  const table = 'no_fly_zones';
  const created = change({
    table,
    columns: { zone_polygon: '2-6', active: true, altitude_restriction_meters: 100, version: 1 },
    stamp: at(1, 'a'),
  });
  const replaced = { version: at(1, 'a'), zone_polygon: at(1, 'a'), active: at(1, 'a') };
  const edit = (columns: RowChange['columns'], stampOfEdit: string): RowChange =>
    change({ table, columns: { ...columns, version: 2 }, stamp: stampOfEdit, baseVersion: 1, replaced });

  it('takes a shrinking that was made on the version in force', () => {
    const { row, lost } = apply('ZONE', [created, edit({ zone_polygon: '3-5' }, at(5, 'a'))]);
    expect([row?.columns.zone_polygon, row?.columns.version, lost]).toEqual(['3-5', 2, []]);
  });

  it('keeps the wider of a shrinking and a widening that do not know each other, in both orders', () => {
    const shrink = edit({ zone_polygon: '3-5' }, at(9, 'b'));
    const widen = edit({ zone_polygon: '1-8' }, at(5, 'a'));
    for (const order of orders([shrink, widen])) {
      const { row } = apply('ZONE', [created, ...order]);
      expect(row?.columns.zone_polygon).toBe('1-8');
    }
  });

  it('keeps a zone that one station removes and another changes, in both orders', () => {
    const removal = change({ table, op: 'DELETE', stamp: at(9, 'b'), baseVersion: 1, replaced });
    const widen = edit({ zone_polygon: '1-8' }, at(5, 'a'));
    for (const order of orders([removal, widen])) {
      const { row, lost } = apply('ZONE', [created, ...order]);
      expect(row !== null && isLive(row)).toBe(true);
      expect(row?.columns.zone_polygon).toBe('1-8');
      expect(lost).toContainEqual({ column: null, value: null, stamp: at(9, 'b') });
    }
  });

  it('is on again if somebody changes it who has not seen it switched off, in both orders, and a person is told', () => {
    const off = edit({ active: false }, at(9, 'b'));
    const widen = edit({ zone_polygon: '1-8' }, at(5, 'a'));
    for (const order of orders([off, widen])) {
      const { row, lost } = apply('ZONE', [created, ...order]);
      expect(row?.columns).toMatchObject({ active: true, zone_polygon: '1-8' });
      expect(lost).toEqual([{ column: 'active', value: false, stamp: at(9, 'b') }]);
    }
    const seen = {
      ...edit({ zone_polygon: '1-8' }, at(10, 'a')),
      baseVersion: 2,
      replaced: { ...replaced, version: at(9, 'b') },
    };
    expect(apply('ZONE', [created, off, seen])).toMatchObject({
      row: { columns: { active: false } },
      lost: [],
    });
    // Seen switched off, and changed without seeing a later change of the name.
    const named = {
      ...edit({ name: 'n' }, at(11, 'b')),
      baseVersion: 2,
      replaced: { ...replaced, version: at(9, 'b') },
    };
    expect(apply('ZONE', [created, off, named, { ...seen, stamp: at(12, 'a') }]).row?.columns.active).toBe(
      false,
    );
  });

  it('does not take a version number for a version: two stations count to the same', () => {
    const byB = edit({ zone_polygon: '1-8' }, at(5, 'b'));
    const byA = edit({ zone_polygon: '3-5' }, at(6, 'a'));
    const removalByA = change({
      table,
      op: 'DELETE',
      stamp: at(7, 'a'),
      baseVersion: 2,
      replaced: { ...replaced, version: at(6, 'a') },
    });
    const { row } = apply('ZONE', [created, byB, byA, removalByA]);
    expect(row !== null && isLive(row)).toBe(true);
    expect(row?.columns.zone_polygon).toBe('1-8');
  });
});

describe('a pulled row on the station', () => {
  const local: RowState = {
    columns: { status: 'ABORTED', address: 'mine', note: 'mine' },
    stamps: { status: at(4, 'a'), address: at(9, 'a'), note: at(9, 'a') },
    deletedAt: null,
  };
  const pulled = {
    table: 'missions',
    rowId: 'r',
    op: 'UPSERT' as const,
    row: { status: 'COMPLETED', address: 'theirs', note: 'theirs' },
    stamps: { status: at(8, 'b'), address: at(8, 'b'), note: at(8, 'b') },
    origin: 'b',
  };

  it('is taken as it is, but for what waits to be pushed and for a status that would go back', () => {
    const merged = afterPull(
      'COLUMNS',
      local,
      pulled,
      { columns: new Set(['note']), deletedAt: null },
      intervalGeometry,
    );
    expect(merged?.columns).toEqual({ status: 'ABORTED', address: 'theirs', note: 'mine' });
  });

  it('does not bring back what this station has removed and not yet pushed', () => {
    const removed = { ...local, deletedAt: at(10, 'a') };
    const waiting = { columns: new Set<string>(), deletedAt: at(10, 'a') };
    const merged = afterPull('COLUMNS', removed, pulled, waiting, intervalGeometry);
    expect(merged !== null && isLive(merged)).toBe(false);
  });
});

describe('comparison of values', () => {
  it('does not depend on the order of names', () => {
    expect(same({ a: 1, b: [1, { c: null, d: 2 }] }, { b: [1, { d: 2, c: null }], a: 1 })).toBe(true);
    expect(same([1, 2], [2, 1])).toBe(false);
  });
});
