import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { openDatabase } from '../../db/open-database.ts';
import { freeUdpPort, type RunningProgram, startProgram } from '../../scripts/child-programs.ts';
import { flyRescue, RESCUE_SCENE } from '../../scripts/rescue.ts';
import { connectToStation, firstOf, type StationClient } from '../../scripts/station-client.ts';
import { emergencyAt } from '../support/launch-rescue.ts';
import type { Figure } from './figure.ts';

const ROOT = join(import.meta.dirname, '../..');
const RESCUE_SPEED = 4;
const WATCHED_MS = 10_000;

/** The main job's figures: from cold start to a flown rescue, a crowded database, and a crowded sky. */
export async function run({ seed, rounds }: { seed: number; rounds: number }): Promise<Figure[]> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    return [
      ...(await startups(browser, rounds)),
      ...(await decisions(seed, rounds)),
      ...(await rescues(seed, Math.min(rounds, 3))),
      ...(await crowdedSky(browser, seed)),
    ];
  } finally {
    await browser.close();
  }
}

/** From the start of the program to a sign-in page that can be used, on an empty directory and on one that is there. */
async function startups(browser: Browser, rounds: number): Promise<Figure[]> {
  const first: number[] = [];
  const later: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await inScratch(async (directory) => {
      for (const times of [first, later]) {
        const startedMs = performance.now();
        const station = await startStation(directory, await freeUdpPort(), 1);
        const page = await browser.newPage();
        await page.goto(String(station.ready.url));
        await page.getByRole('button', { name: 'Sign in' }).waitFor();
        times.push(performance.now() - startedMs);
        await page.close();
        await station.stop();
      }
    });
  }
  return [
    figure('first start to usable page', median(first), 'ms', 5_000),
    figure('later start to usable page', median(later), 'ms', 3_000),
  ];
}

async function decisions(seed: number, rounds: number): Promise<Figure[]> {
  return inScratch(async (directory) => {
    await fillCity(directory);
    return withFleet(directory, { seed, drones: 6, speed: 1 }, async (client) => {
      await heard(client, 6);
      const times: number[] = [];
      for (let round = 0; round < rounds * 4; round++) {
        const startedMs = performance.now();
        const shifted = { ...RESCUE_SCENE, longitudeDeg: RESCUE_SCENE.longitudeDeg - 0.0005 * round };
        const { emergencyId } = await client.emergencies.create(emergencyAt(shifted));
        await client.dispatch.assess({ emergencyId });
        times.push(performance.now() - startedMs);
      }
      return [
        figure('intake to decision, 1,000 drones and 5,000 zones, median', median(times), 'ms', 1_000),
        figure('intake to decision, 1,000 drones and 5,000 zones, slowest', Math.max(...times), 'ms', 1_000),
      ];
    });
  });
}

async function rescues(seed: number, rounds: number): Promise<Figure[]> {
  const accept: number[] = [];
  const abort: number[] = [];
  for (let round = 0; round < rounds; round++)
    await inScratch((directory) =>
      withFleet(directory, { seed: seed + round, drones: 6, speed: RESCUE_SPEED }, async (client) => {
        const figures = await flyRescue(client, RESCUE_SPEED);
        accept.push(figures.acceptToFirstCommandMs ?? Number.POSITIVE_INFINITY);
        abort.push(figures.abortToFirstPacketMs ?? Number.POSITIVE_INFINITY);
      }),
    );
  return [
    figure('accept to first command', median(accept), 'ms', 200),
    figure('abort to first packet', median(abort), 'ms', 100),
  ];
}

/** 200 drones that send at least ten messages a second each, watched on the page. */
async function crowdedSky(browser: Browser, seed: number): Promise<Figure[]> {
  return inScratch((directory) =>
    withFleet(directory, { seed, drones: 200, speed: 1, eager: true }, async (client, url) => {
      await heard(client, 200);
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await page.goto(url);
      await page.getByRole('button', { name: 'Fill in the demo account' }).click();
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('list', { name: 'Drones' }).waitFor();
      const before = await status(client);
      const frames = await page.evaluate(async (forMs) => {
        const startedMs = performance.now();
        let count = 0;
        while (performance.now() - startedMs < forMs) {
          await new Promise((resolve) => requestAnimationFrame(resolve));
          count += 1;
        }
        return (count * 1000) / (performance.now() - startedMs);
      }, WATCHED_MS);
      const after = await status(client);
      await page.close();
      const seconds = (after.nowMs - before.nowMs) / 1000;
      const packets = after.links.reduce((total, link) => total + link.packetsPerSecond, 0);
      return [
        figure('packets received with 200 drones', packets, '1/s', 2_000, 'at least'),
        figure('page frames with 200 drones', frames, '1/s', 50, 'at least'),
        figure(
          'station CPU with 200 drones',
          ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100,
          '% of a core',
          50,
        ),
        figure('station RSS with 200 drones', after.rssBytes / 1e6, 'MB', 1_000),
      ];
    }),
  );
}

/** 1,000 drones and 5,000 zones round Boston, none of them across the demo's scenes. */
async function fillCity(directory: string): Promise<void> {
  const station = await startStation(directory, await freeUdpPort(), 1);
  await station.stop();
  const { database } = await openDatabase({
    dataDirectory: directory,
    preparedDirectory: join(ROOT, 'resources/database'),
    migrationsDirectory: join(ROOT, 'db/migrations'),
  });
  await database.exec(`
    INSERT INTO drones (drone_id, serial_number, status, battery_level, base_station_id, current_location)
    SELECT 'Crowd-' || n, 'CROWD-' || n, 'READY', 50 + n % 50, 'BOS-1',
      ST_SetSRID(ST_MakePoint(-71.3 + 0.5 * (n % 40) / 40, 42.2 + 0.35 * (n / 40) / 25), 4326)::geography
    FROM generate_series(1, 994) AS n;
    INSERT INTO no_fly_zones (name, zone_type, zone_polygon, altitude_restriction_meters, active)
    SELECT 'Crowd zone ' || n, 'TEMPORARY',
      ST_Buffer(ST_SetSRID(ST_MakePoint(-72.3 + 1.1 * (n % 100) / 100, 41.6 + 0.7 * (n / 100) / 50), 4326)::geography,
        150, 'quad_segs=3'), NULL, TRUE
    FROM generate_series(1, 4992) AS n;
    ANALYZE;`);
  await database.close();
}

async function withFleet<Result>(
  directory: string,
  fleet: { seed: number; drones: number; speed: number; eager?: boolean },
  work: (client: StationClient, url: string) => Promise<Result>,
): Promise<Result> {
  const port = await freeUdpPort();
  const station = await startStation(directory, port, fleet.speed);
  const simulator = await startProgram('simulator', [
    ...['--target', `127.0.0.1:${port}`, '--seed', String(fleet.seed), '--speed', String(fleet.speed)],
    ...[
      '--drones',
      String(fleet.drones),
      '--exit-with-parent',
      ...(fleet.eager === true ? ['--eager-rates'] : []),
    ],
  ]);
  const url = String(station.ready.url);
  const { client, close } = await connectToStation(url);
  try {
    const { demoAccount } = await client.session.greeting();
    if (demoAccount === null) throw new Error('The station has no demo account.');
    await client.session.signIn(demoAccount);
    return await work(client, url);
  } finally {
    close();
    await simulator.stop();
    await station.stop();
  }
}

function startStation(directory: string, port: number, speed: number): Promise<RunningProgram> {
  return startProgram('headless', [
    ...['--demo', '--no-open', '--data-dir', directory, '--time-scale', String(speed)],
    ...['--link', `udpin:127.0.0.1:${port}`],
  ]);
}

async function heard(client: StationClient, drones: number): Promise<void> {
  const isLive = (entry: { contact: string | null; batteryPercent: number | null }): boolean =>
    entry.contact === 'LIVE' && entry.batteryPercent !== null;
  await firstOf(
    client.fleet.watch(),
    ({ entries }) => entries.filter(isLive).length >= drones,
    90_000,
    'the fleet',
  );
}

function status(client: StationClient) {
  return firstOf(client.system.watch(), () => true, 10_000, 'the station reports its status');
}

async function inScratch<Result>(work: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'skyrescue-bench-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function figure(
  name: string,
  value: number,
  unit: string,
  limit: number,
  bound: 'at most' | 'at least' = 'at most',
): Figure {
  const ok = bound === 'at most' ? value <= limit : value >= limit;
  const target = `${bound === 'at most' ? '<=' : '>='} ${limit}`;
  return { suite: 'main', figure: name, value: Math.round(value * 10) / 10, unit, target, ok };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
