import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Browser, chromium, type Page } from 'playwright-core';
import { seededRandom } from '../../main/station/ports/random.ts';
import type { TilePacks } from '../../main/station/tiles/tile-packs.ts';
import type { Figure } from './figure.ts';
import { type HarnessServer, serveHarness } from './map-harness/serve.ts';

/** The map in a real browser without a GPU, and the reading of tiles. Several rounds: the median counts. */
export async function run(options: { seed: number; rounds: number }): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'map-bench-'));
  const pack = join(directory, 'bench.mbtiles');
  buildMbtiles(pack);
  const server = await serveHarness([pack]);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const rounds: Readings[] = [];
    for (let round = 0; round < options.rounds; round++)
      rounds.push(await measureRound(browser, server, options.seed + round));
    return FIGURES.map(({ figure, unit, limit, most }) => {
      const value = median(rounds.map((readings) => readings[figure]));
      const ok = limit === null || (most ? value <= limit : value >= limit);
      const target = limit === null ? null : `${most ? '<=' : '>='} ${limit}`;
      return { suite: 'map', figure, value: Math.round(value * 100) / 100, unit, target, ok };
    });
  } finally {
    await browser.close();
    await server.close();
    await rm(directory, { recursive: true });
  }
}

const FIGURES = [
  { figure: 'base map full after navigation', unit: 'ms', limit: 1000, most: true },
  { figure: 'frames/s still, 200 drones, 5,000 zones', unit: '1/s', limit: 58, most: false },
  { figure: 'CPU still, 200 drones, 5,000 zones', unit: '% of a core', limit: 60, most: true },
  { figure: 'frames/s panning, 200 drones, 5,000 zones', unit: '1/s', limit: 50, most: false },
  { figure: 'p95 frame panning, 200 drones, 5,000 zones', unit: 'ms', limit: 33.4, most: true },
  { figure: 'frames/s panning, 1,000 drones', unit: '1/s', limit: 45, most: false },
  { figure: 'longest block when one of 5,000 zones changes', unit: 'ms', limit: 50, most: true },
  { figure: 'tile read PMTiles', unit: 'ms', limit: 3, most: true },
  { figure: 'tile read MBTiles', unit: 'ms', limit: 1, most: true },
] as const;
type Readings = Record<(typeof FIGURES)[number]['figure'], number>;

const STILL_MS = 3000;
const PAN_MS = 3000;
const TILE_READS = 300;
/** 32 × 16 tiles from here on have land in them. */
const UNITED_STATES_AT_8 = { x: 44, y: 90 };

async function measureRound(browser: Browser, server: HarnessServer, seed: number): Promise<Readings> {
  const boston = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const fullMs = await baseMapFullMs(boston, `${server.url}?scene=boston`);
  await boston.close();

  const page = await openCrowd(browser, `${server.url}?scene=crowd&drones=200&zones=5000&seed=${seed}`);
  const cpuBeforeS = await cpuSeconds(browser);
  const still = await framesWhile(page, STILL_MS, false);
  const cpuStill = ((await cpuSeconds(browser)) - cpuBeforeS) / (STILL_MS / 1000);
  const panning = await framesWhile(page, PAN_MS, true);
  const blockMs = await longestBlockMs(page);
  await page.close();

  const busy = await openCrowd(browser, `${server.url}?scene=crowd&drones=1000&zones=0&seed=${seed}`);
  const busyPanning = await framesWhile(busy, PAN_MS, true);
  await busy.close();

  return {
    'base map full after navigation': fullMs,
    'frames/s still, 200 drones, 5,000 zones': framesPerSecond(still),
    'CPU still, 200 drones, 5,000 zones': cpuStill * 100,
    'frames/s panning, 200 drones, 5,000 zones': framesPerSecond(panning),
    'p95 frame panning, 200 drones, 5,000 zones': percentile(panning, 0.95),
    'frames/s panning, 1,000 drones': framesPerSecond(busyPanning),
    'longest block when one of 5,000 zones changes': blockMs,
    'tile read PMTiles': await tileReadMs(server.packs, 'base', 8, UNITED_STATES_AT_8, seed),
    'tile read MBTiles': await tileReadMs(server.packs, 'bench', 12, { x: 0, y: 0 }, seed),
  };
}

async function openCrowd(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  await page.locator('canvas.leaflet-zoom-animated').first().waitFor();
  // Tiles, fonts and the first paint of everything are behind us.
  await page.waitForTimeout(1500);
  return page;
}

/** From navigation until no base tile has been painted for a while: the time of the last one. */
async function baseMapFullMs(page: Page, url: string): Promise<number> {
  await page.addInitScript(() => {
    const original = CanvasRenderingContext2D.prototype.fill;
    CanvasRenderingContext2D.prototype.fill = function (this: CanvasRenderingContext2D, ...rest: unknown[]) {
      if (
        this.canvas.closest('.leaflet-base-pane') !== null ||
        this.canvas.classList.contains('leaflet-tile')
      )
        Object.assign(window, { lastBasePaintMs: performance.now() });
      return Reflect.apply(original, this, rest);
    } as typeof original;
  });
  await page.goto(url);
  await page.waitForFunction(
    () => {
      const last = (window as { lastBasePaintMs?: number }).lastBasePaintMs;
      return last !== undefined && performance.now() - last > 700;
    },
    null,
    { polling: 50 },
  );
  return await page.evaluate(() => (window as { lastBasePaintMs?: number }).lastBasePaintMs ?? Number.NaN);
}

/** Lengths of all frames in `forMs`, in ms; panning drags the map round by its own mouse handling. */
async function framesWhile(page: Page, forMs: number, panning: boolean): Promise<number[]> {
  return await page.evaluate(
    ({ forMs, panning }) =>
      new Promise<number[]>((resolve) => {
        const map = document.querySelector('.map-canvas');
        const send = (target: EventTarget, type: string, x: number, y: number): boolean =>
          target.dispatchEvent(
            new MouseEvent(type, {
              bubbles: true,
              clientX: x,
              clientY: y,
              button: 0,
              buttons: 1,
              view: window,
            }),
          );
        const frames: number[] = [];
        const startMs = performance.now();
        let lastMs = startMs;
        if (panning && map !== null) send(map, 'mousedown', 700, 450);
        const onFrame = (nowMs: number): void => {
          frames.push(nowMs - lastMs);
          lastMs = nowMs;
          // At most some 700 pixels a second: a quick hand.
          const angle = ((nowMs - startMs) / 3000) * 2 * Math.PI;
          const [x, y] = [700 + 300 * Math.sin(angle), 450 + 150 * Math.sin(angle * 1.5)];
          if (panning) send(document, 'mousemove', x, y);
          if (nowMs - startMs < forMs) {
            requestAnimationFrame(onFrame);
            return;
          }
          if (panning) send(document, 'mouseup', x, y);
          resolve(frames.slice(2));
        };
        requestAnimationFrame(onFrame);
      }),
    { forMs, panning },
  );
}

/** The longest time that nothing else could run while single zones change. */
async function longestBlockMs(page: Page): Promise<number> {
  return await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const { changeZone } = window as unknown as { changeZone: (index: number) => void };
        let longestMs = 0;
        let lastMs = performance.now();
        let turns = 0;
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
          const nowMs = performance.now();
          longestMs = Math.max(longestMs, nowMs - lastMs);
          lastMs = nowMs;
          turns++;
          if (turns % 400 === 0) changeZone(turns / 400);
          if (turns < 8000) channel.port2.postMessage(null);
          else resolve(longestMs);
        };
        channel.port2.postMessage(null);
      }),
  );
}

/** Processor time of the browser and all its processes so far. */
async function cpuSeconds(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

async function tileReadMs(
  packs: TilePacks,
  packId: string,
  zoom: number,
  corner: { x: number; y: number },
  seed: number,
): Promise<number> {
  const random = seededRandom(seed);
  const times: number[] = [];
  for (let read = 0; read < TILE_READS; read++) {
    const x = corner.x + Math.floor(random.next() * 32);
    const y = corner.y + Math.floor(random.next() * 16);
    const startedMs = performance.now();
    await packs.read(packId, zoom, x, y);
    times.push(performance.now() - startedMs);
  }
  return median(times);
}

/** 4,096 raster-sized tiles at zoom 12, in the corner that the reads look at. */
function buildMbtiles(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(
    'CREATE TABLE metadata (name text, value text); CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob); CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row); BEGIN',
  );
  database.exec("INSERT INTO metadata VALUES ('format', 'png'), ('bounds', '0,0,1,1')");
  const insert = database.prepare('INSERT INTO tiles VALUES (12, ?, ?, ?)');
  const tile = new Uint8Array(20_000);
  for (let x = 0; x < 64; x++) for (let y = 0; y < 64; y++) insert.run(x, 2 ** 12 - 1 - y, tile);
  database.exec('COMMIT');
  database.close();
}

const framesPerSecond = (frames: readonly number[]): number =>
  (frames.length * 1000) / frames.reduce((sum, frame) => sum + frame, 0);

const median = (values: readonly number[]): number => percentile(values, 0.5);

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
