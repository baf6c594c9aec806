import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { SyncStatus } from '../../main/station/sync/sync-engine.ts';
import { type CentralServer, startCentral } from '../support/central-server.ts';
import type { Figure } from './figure.ts';
import { openBenchStation, type Span } from './sync/bench-station.ts';
import { greetTogether, reconnectHerd } from './sync/herd.ts';
import { onlineChanges } from './sync/online.ts';

const EVENTS = 100_000;
const EDITS = 5_000;
const TELEMETRY_ROWS = 1_000_000;
const BACKLOG = 500_000;
/** Sent before: the memory that a station at work takes anyhow is not the backlog's. */
const AT_WORK = 20_000;
const HERD = 1_000;
const GREETED_TOGETHER = 100;
const ROW_BY_ROW = 2_000;
/** Without being told the command takes 5 rounds, the full size; `--rounds 0.1` is a quick look. */
const FULL_ROUNDS = 5;

/** How quickly records go to the centre and come from it, held against PostgreSQL's own best and worst. */
export async function run({ seed, rounds }: { seed: number; rounds: number }): Promise<Figure[]> {
  const share = Math.min(1, rounds / FULL_ROUNDS);
  const sized = (full: number): number => Math.max(1_000, Math.round(full * share));
  const central = await startCentral();
  try {
    return [
      ...(await pushed(central, {
        events: sized(EVENTS),
        edits: sized(EDITS),
        telemetryRows: sized(TELEMETRY_ROWS),
      })),
      ...(await backlog(central, sized(BACKLOG))),
      ...(await herd(central, seed, share)),
      ...(await online(seed, Math.max(5, Math.round(60 * share)))),
    ];
  } finally {
    await central.stop();
  }
}

const allSent = ({ counts, state }: SyncStatus): boolean =>
  state === 'IN_STEP' && counts?.pendingGroups === 0 && counts.telemetryRows === 0;

interface Sizes {
  events: number;
  edits: number;
  telemetryRows: number;
}

async function pushed(central: CentralServer, sizes: Sizes): Promise<Figure[]> {
  const north = await openBenchStation(central, { withMission: true, states: ['MA'] });
  try {
    await north.catchUp(allSent);
    await north.addEvents(sizes.events);
    await north.catchUp(allSent);
    const eventsPerS = perSecond(north.meter.pushing, north.meter.changes);
    await north.addEdits(sizes.edits);
    await north.catchUp(allSent);
    const editsPerS = perSecond(north.meter.pushing, north.meter.changes);
    await north.addTelemetry(sizes.telemetryRows);
    const telemetryMb = await addedMemoryMb(() => north.catchUp(allSent));
    const telemetryPerS = perSecond(north.meter.pushing, north.meter.telemetryRows);
    const pull = await firstPull(central, sizes.events);
    const { rowByRowPerS, bareRowByRowPerS, copyPerS, copyThroughPerS } = await baselines(central);
    return [
      figure('events_pushed', eventsPerS, 'rows/s', '>= 5000', eventsPerS >= 5_000),
      figure('events_row_by_row', rowByRowPerS, 'rows/s'),
      figure('events_row_by_row_bare_table', bareRowByRowPerS, 'rows/s'),
      figure(
        'events_over_row_by_row',
        eventsPerS / rowByRowPerS,
        'times',
        '>= 10',
        eventsPerS >= 10 * rowByRowPerS,
      ),
      figure('edits_pushed', editsPerS, 'changes/s', '>= 1000', editsPerS >= 1_000),
      figure('telemetry_pushed', telemetryPerS, 'rows/s'),
      figure('telemetry_copy', copyPerS, 'rows/s'),
      figure(
        'telemetry_of_copy',
        (100 * telemetryPerS) / copyPerS,
        '%',
        '>= 50',
        telemetryPerS >= copyPerS / 2,
      ),
      figure('telemetry_copy_into_partitions', copyThroughPerS, 'rows/s'),
      figure('telemetry_added_memory', telemetryMb, 'MB', '<= 150', telemetryMb <= 150),
      ...pull,
    ];
  } finally {
    await north.close();
  }
}

async function firstPull(central: CentralServer, atLeast: number): Promise<Figure[]> {
  const south = await openBenchStation(central, { withMission: false, states: ['MA'] });
  try {
    await south.catchUp((status) => allSent(status) && south.meter.pulledRows >= atLeast);
    const pulledPerS = perSecond(south.meter.pulling, south.meter.pulledRows);
    return [figure('first_pull', pulledPerS, 'rows/s', '>= 5000', pulledPerS >= 5_000)];
  } finally {
    await south.close();
  }
}

interface Baselines {
  rowByRowPerS: number;
  bareRowByRowPerS: number;
  copyPerS: number;
  copyThroughPerS: number;
}

/**
 * The same rows into the same server through the same PgBouncer, without any of the protocol. Events each by itself
 * through a plain INSERT: into the events themselves, with their foreign keys and the log that others pull from, and into
 * a bare table of the same columns and indexes. Telemetry all by COPY: into such a bare table, and into the partitioned
 * telemetry itself with its foreign keys and roll-up.
 */
async function baselines(central: CentralServer): Promise<Baselines> {
  const client = await central.administrator();
  try {
    await client.query('CREATE TABLE IF NOT EXISTS bench_events (LIKE mission_events INCLUDING ALL)');
    await client.query('CREATE TABLE IF NOT EXISTS bench_telemetry (LIKE telemetry INCLUDING ALL)');
    const { rows } = await client.query<{ event: object }>(
      `SELECT to_jsonb(e) - 'recorded_order' AS event FROM mission_events e LIMIT ${ROW_BY_ROW}`,
    );
    const events = rows.map(({ event }) => ({ ...event, event_id: randomUUID() }));
    const bareRowByRowPerS = await inserted(client, 'bench_events', events);
    const rowByRowPerS = await inserted(client, 'mission_events', events);
    return { rowByRowPerS, bareRowByRowPerS, ...(await copies(client)) };
  } finally {
    await client.end();
  }
}

async function inserted(client: Client, table: string, rows: readonly object[]): Promise<number> {
  const names = Object.keys(rows[0] ?? {})
    .map((name) => client.escapeIdentifier(name))
    .join(', ');
  const startedMs = performance.now();
  for (const row of rows)
    await client.query(
      `INSERT INTO ${table} (${names}) SELECT ${names} FROM jsonb_populate_record(NULL::${table}, $1)`,
      [JSON.stringify(row)],
    );
  return (1_000 * rows.length) / (performance.now() - startedMs);
}

async function copies(client: Client): Promise<Pick<Baselines, 'copyPerS' | 'copyThroughPerS'>> {
  const directory = mkdtempSync(join(tmpdir(), 'skyrescue-bench-'));
  const file = join(directory, 'telemetry');
  await pipeline(client.query(copyTo('COPY (SELECT * FROM telemetry) TO STDOUT')), createWriteStream(file));
  const copyPerS = await copied(client, 'bench_telemetry', file);
  await client.query('BEGIN');
  await client.query('TRUNCATE telemetry, telemetry_1min');
  const copyThroughPerS = await copied(client, 'telemetry', file);
  await client.query('ROLLBACK');
  rmSync(directory, { recursive: true });
  return { copyPerS, copyThroughPerS };
}

async function copied(client: Client, table: string, file: string): Promise<number> {
  const startedMs = performance.now();
  const copy = client.query(copyFrom(`COPY ${table} FROM STDIN`));
  await pipeline(createReadStream(file), copy);
  return (1_000 * copy.rowCount) / (performance.now() - startedMs);
}

async function addedMemoryMb(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 100);
  await work().finally(() => clearInterval(sampling));
  return (peak - before) / 1e6;
}

/** Weeks without a network: what the backlog costs in memory while it is sent. */
async function backlog(central: CentralServer, rows: number): Promise<Figure[]> {
  // What it records it sees; nothing that others recorded is in the way.
  const station = await openBenchStation(central, { withMission: true, states: ['VT'] });
  try {
    await station.catchUp(allSent);
    await station.addEvents(AT_WORK);
    await station.catchUp(allSent);
    await station.addEvents(rows);
    const addedMb = await addedMemoryMb(() => station.catchUp(allSent));
    return [
      figure('backlog_sent', perSecond(station.meter.pushing, station.meter.changes), 'rows/s'),
      figure('backlog_added_memory', addedMb, 'MB', '<= 150', addedMb <= 150),
    ];
  } finally {
    await station.close();
  }
}

async function herd(central: CentralServer, seed: number, share: number): Promise<Figure[]> {
  const { mostInOneSecond, allBackMs, histogram } = await reconnectHerd(HERD, seed);
  const evenly = HERD / 30;
  const together = Math.max(10, Math.round(GREETED_TOGETHER * share));
  console.error(`arrivals by the second: ${histogram.join(' ')}`);
  return [
    figure(
      'herd_most_in_a_second',
      mostInOneSecond,
      'stations',
      `<= ${evenly * 3}`,
      mostInOneSecond <= evenly * 3,
    ),
    figure('herd_all_back', allBackMs / 1_000, 's', '<= 31', allBackMs <= 31_000),
    figure(`greeted_together_${together}`, await greetTogether(central, together), 'ms'),
  ];
}

async function online(seed: number, rounds: number): Promise<Figure[]> {
  const tookMs = await onlineChanges(rounds, seed);
  const at = (part: number): number => tookMs[Math.ceil(part * tookMs.length) - 1] ?? 0;
  return [
    figure('online_change_median', at(0.5), 'ms'),
    figure('online_change_p95', at(0.95), 'ms', '<= 1000', at(0.95) <= 1_000),
  ];
}

function perSecond({ firstAtMs, lastAtMs }: Span, rows: number): number {
  return (1_000 * rows) / Math.max(1, lastAtMs - (firstAtMs ?? 0));
}

function figure(name: string, value: number, unit: string, target: string | null = null, ok = true): Figure {
  return { suite: 'sync', figure: name, value: Math.round(value * 10) / 10, unit, target, ok };
}
