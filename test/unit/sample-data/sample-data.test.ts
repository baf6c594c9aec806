import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Cell } from '../../../db/sample-data/cells.ts';
import { chanceOf } from '../../../db/sample-data/chance.ts';
import { SAMPLE_SIZES } from '../../../db/sample-data/city.ts';
import { minuteRollup } from '../../../db/sample-data/rollup.ts';
import { type SampleTable, sampleTables } from '../../../db/sample-data/tables.ts';

const NOW_MS = Date.UTC(2026, 10, 1, 12);
const DAY_MS = 86_400_000;
/** As many calls as tell a rate from chance, over few drones and no more than that. */
const BUSY = { ...SAMPLE_SIZES.small, emergencies: 3_000, drones: 120, baseStations: 12 };

const small = (seed = 1, nowMs = NOW_MS): SampleTable[] => sampleTables(SAMPLE_SIZES.small, seed, nowMs);
const busy = sampleTables(BUSY, 7, NOW_MS);

function fingerprint(tables: readonly SampleTable[]): string {
  const hash = createHash('sha256');
  for (const { name, columns, rows } of tables) {
    hash.update(`${name} ${columns.join()}\n`);
    for (const row of rows()) hash.update(`${JSON.stringify(row)}\n`);
  }
  return hash.digest('hex');
}

/** Rows as objects by the names of their columns. */
function rowsOf(tables: readonly SampleTable[], name: string): Record<string, Cell>[] {
  const table = tables.find((candidate) => candidate.name === name);
  if (table === undefined) throw new Error(`The sample has no ${name}.`);
  return Array.from(table.rows(), (row) =>
    Object.fromEntries(table.columns.map((column, index) => [column, row[index] ?? null])),
  );
}

const share = <Item>(items: readonly Item[], holds: (item: Item) => boolean): number =>
  items.filter(holds).length / items.length;
const instant = (cell: Cell | undefined): number => Date.parse(String(cell));

describe('the same seed', () => {
  test('gives the same rows, ids included; another seed or time gives others', () => {
    const first = fingerprint(small());
    expect(fingerprint(small())).toBe(first);
    expect(fingerprint(small(2))).not.toBe(first);
    expect(fingerprint(small(1, NOW_MS + DAY_MS))).not.toBe(first);
  });

  test('forks chances that do not disturb each other', () => {
    const draw = (index: number): number => chanceOf(5).fork(index).between(0, 1);
    expect(draw(3)).toBe(draw(3));
    expect(draw(3)).not.toBe(draw(4));
  });
});

describe('what the tables hold', () => {
  const tables = small();

  test('every row has a cell for every column, and no id comes twice', () => {
    for (const { name, columns, rows } of tables) {
      const ids = new Set<string>();
      let count = 0;
      const keys = name === 'telemetry' ? 2 : name === 'telemetry_1min' ? 3 : 1;
      for (const row of rows()) {
        expect(row.length, name).toBe(columns.length);
        ids.add(row.slice(0, keys).join(' '));
        count++;
      }
      expect(ids.size, name).toBe(count);
      expect(count, name).toBeGreaterThan(5);
    }
  });

  test('transcripts of the last 7 days, telemetry of the last 90, the minutes of what is older', () => {
    const times = (name: string, column: string): number[] =>
      rowsOf(tables, name).map((row) => instant(row[column]));
    const newest = Math.max(...times('mission_events', 'timestamp'));
    expect(newest).toBeLessThanOrEqual(NOW_MS);
    expect(Math.min(...times('voice_transcripts', 'timestamp'))).toBeGreaterThan(NOW_MS - 7 * DAY_MS);
    expect(Math.min(...times('telemetry', 'time'))).toBeGreaterThan(NOW_MS - 90 * DAY_MS);
    expect(Math.max(...times('telemetry_1min', 'bucket'))).toBeLessThan(NOW_MS - 90 * DAY_MS + DAY_MS);
    expect(Math.min(...times('missions', 'launch_time'))).toBeGreaterThan(NOW_MS - 122 * DAY_MS);
  });

  test('nothing flies, so that a station may start on it without meaning any drone', () => {
    const statuses = new Set(rowsOf(tables, 'missions').map((mission) => mission.status));
    expect(statuses).toEqual(new Set(['COMPLETED', 'ABORTED']));
    expect(rowsOf(tables, 'drones').some((drone) => drone.status === 'IN_FLIGHT')).toBe(false);
  });

  test('drones have the addresses that MAVLink has for vehicles, the others none', () => {
    const drones = rowsOf(
      sampleTables({ ...SAMPLE_SIZES.small, drones: 300, emergencies: 1 }, 1, NOW_MS),
      'drones',
    );
    expect(drones.map((drone) => drone.mavlink_system_id)).toEqual([
      ...Array.from({ length: 254 }, (_, index) => index + 1),
      ...Array.from({ length: 46 }, () => null),
    ]);
    expect(new Set(drones.map((drone) => drone.drone_id)).size).toBe(300);
    expect(drones[1]).toMatchObject({ drone_id: 'Alpha-3', base_station_id: 'BOS-1' });
  });

  test('nobody can be signed in or called', () => {
    for (const person of rowsOf(tables, 'dispatchers')) {
      expect(String(person.email)).toMatch(/@sample\.invalid$/);
      expect(String(person.password_hash)).toMatch(/SampleAccountsCannotSignIn/);
    }
    for (const call of rowsOf(tables, 'emergencies')) {
      expect(String(call.caller_phone)).toMatch(/^\+1 617 555 01\d\d$/);
      expect(String(call.address)).toMatch(/ Example /);
    }
  });

  test('a drone flies one mission at a time, and its totals are those of its missions', () => {
    const missions = rowsOf(tables, 'missions');
    for (const drone of rowsOf(tables, 'drones')) {
      const own = missions.filter((mission) => mission.drone_id === drone.drone_id);
      expect(drone.total_missions).toBe(own.length);
      for (const [index, mission] of own.entries()) {
        const next = own[index + 1];
        if (next !== undefined)
          expect(instant(next.launch_time)).toBeGreaterThan(instant(mission.updated_at));
      }
    }
  });
});

describe('the statistics are those of a believable service', () => {
  const missions = rowsOf(busy, 'missions');
  const completed = missions.filter((mission) => mission.status === 'COMPLETED');
  const delivered = completed.filter((mission) => mission.aed_successfully_deployed === true);
  const outcomes = delivered.filter((mission) => mission.patient_outcome !== null);
  const eta = (mission: Record<string, Cell>): number => Number(mission.actual_eta_seconds);

  test('most missions are completed, and most of them bring the AED', () => {
    expect(missions.length).toBeGreaterThan(2_400);
    expect(share(missions, (mission) => mission.status === 'COMPLETED')).toBeGreaterThan(0.88);
    expect(share(completed, (mission) => mission.aed_successfully_deployed === true)).toBeCloseTo(0.94, 1);
  });

  test('responses take minutes, and predictions are near', () => {
    const times = completed.map(eta).sort((one, other) => one - other);
    const median = times[Math.floor(times.length / 2)] ?? 0;
    expect(median).toBeGreaterThan(70);
    expect(median).toBeLessThan(240);
    const off = completed.map((mission) => Number(mission.estimated_eta_seconds) / eta(mission) - 1);
    expect(Math.abs(off.reduce((sum, one) => sum + one, 0) / off.length)).toBeLessThan(0.02);
  });

  test('the drone is ahead of the ambulance in about two thirds', () => {
    const known = outcomes.filter((mission) => mission.ambulance_arrival_time !== null);
    const ahead = share(
      known,
      (mission) => instant(mission.ambulance_arrival_time) > instant(mission.arrival_time),
    );
    expect(ahead).toBeGreaterThan(0.58);
    expect(ahead).toBeLessThan(0.7);
  });

  test('who is reached sooner survives more often, and who was shocked most of all', () => {
    const survived = (mission: Record<string, Cell>): boolean => mission.patient_outcome === 'SURVIVED';
    const sorted = outcomes.toSorted((one, other) => eta(one) - eta(other));
    const third = Math.floor(sorted.length / 3);
    expect(share(sorted.slice(0, third), survived)).toBeGreaterThan(share(sorted.slice(-third), survived));
    const shocked = outcomes.filter((mission) => mission.shock_delivered === true);
    expect(share(shocked, survived)).toBeGreaterThan(1.5 * share(outcomes, survived));
  });

  test('more calls come in the morning than at night', () => {
    const hours = rowsOf(busy, 'emergencies').map(
      (call) => (new Date(instant(call.call_timestamp)).getUTCHours() + 19) % 24,
    );
    const between = (from: number, until: number): number =>
      share(hours, (hour) => hour >= from && hour < until);
    expect(between(8, 12)).toBeGreaterThan(2 * between(1, 5));
  });
});

test('the minutes of a flight add up to its fixes', () => {
  const mission = { launchedAtMs: NOW_MS, chance: chanceOf(1) };
  const drone = { droneId: 'Example-1', base: { groundAmslM: 10, place: { eastM: 0, northM: 0 } } };
  const flown = {
    ...mission,
    missionId: 'mission',
    drone,
    emergency: { place: { eastM: 900, northM: 0 } },
    ...{ turnedAt: 1, abortReason: null, groundSpeedMps: 15 },
    // 2.5 minutes: fixes at 0, 2, … 150 s.
    times: {
      ...{ takeoffMs: 5_000, cruiseMs: 20_000, arrivedMs: 80_000, landedMs: 110_000 },
      ...{ leftMs: 115_000, homeMs: 145_000, endMs: 150_000 },
    },
  };
  const rows = Array.from(minuteRollup(flown as unknown as Parameters<typeof minuteRollup>[0]));
  expect(rows.map((row) => [row[0], row[4], row[6]])).toEqual([
    ['2026-11-01T12:00:00.000Z', 30, 30],
    ['2026-11-01T12:01:00.000Z', 30, 30],
    ['2026-11-01T12:02:00.000Z', 16, 16],
  ]);
});
