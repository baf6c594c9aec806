import { seededRandom } from '../../../main/station/ports/random.ts';
import { type CentralTransport, SyncFault } from '../../../main/station/sync/central-transport.ts';
import { pgTransport } from '../../../main/station/sync/pg-transport.ts';
import { createSyncEngine } from '../../../main/station/sync/sync-engine.ts';
import type { CentralServer } from '../../support/central-server.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { emptyDisk, ModelStore } from '../../support/sync-model-store.ts';

const AWAY_MS = 10 * 60_000;
const BACK_WITHIN_MS = 120_000;
const STEP_MS = 50;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface Herd {
  /** How many knocked in the fullest second after the server was back. */
  mostInOneSecond: number;
  /** Until the last had knocked. */
  allBackMs: number;
  /** Arrivals by the second. */
  histogram: number[];
}

/** Many stations whose server was away for ten minutes, and when each of them knocks again (S15). */
export async function reconnectHerd(stations: number, seed: number): Promise<Herd> {
  const clock = new FakeClock();
  const arrivals = new Map<string, number>();
  let isUp = false;
  const engines = Array.from({ length: stations }, (_, index) => {
    const stationId = `S${index}`;
    const disk = emptyDisk();
    const store = new ModelStore({
      ...{ disk, stationId, mutation: null },
      nowMs: () => clock.nowMs(),
      crashPoint: () => undefined,
    });
    const transport = knocking(() => {
      if (isUp && !arrivals.has(stationId)) arrivals.set(stationId, clock.nowMs());
      return isUp;
    });
    return createSyncEngine({
      store,
      transport,
      stationId,
      clock,
      random: seededRandom(seed + index),
      log: quiet,
    });
  });
  await Promise.all(engines.map((engine) => engine.start()));
  await clock.run(AWAY_MS, 500);
  isUp = true;
  const backAtMs = clock.nowMs();
  for (let passedMs = 0; passedMs < BACK_WITHIN_MS && arrivals.size < stations; passedMs += STEP_MS)
    await clock.run(STEP_MS, STEP_MS);
  const histogram: number[] = [];
  for (const atMs of arrivals.values()) {
    const second = Math.floor((atMs - backAtMs) / 1_000);
    histogram[second] = (histogram[second] ?? 0) + 1;
  }
  await Promise.all(engines.map((engine) => engine.stop()));
  if (arrivals.size < stations) throw new Error(`${stations - arrivals.size} stations never came back.`);
  return {
    mostInOneSecond: Math.max(...Array.from(histogram, (count) => count ?? 0)),
    allBackMs: Math.max(...arrivals.values()) - backAtMs,
    histogram: Array.from(histogram, (count) => count ?? 0),
  };
}

/** A server that only says whether it is there. */
function knocking(knock: () => boolean): CentralTransport {
  const away = (): SyncFault => new SyncFault('UNREACHABLE', 'It is away.');
  const unreachable = (): Promise<never> => Promise.reject(away());
  let hangUp: () => void = () => undefined;
  // One that was heard stays silent: nothing of what follows is measured.
  const silence = (): Promise<never> =>
    new Promise((_resolve, reject) => {
      hangUp = () => reject(away());
    });
  return {
    hello: () => (knock() ? silence() : unreachable()),
    push: unreachable,
    pull: unreachable,
    pushTelemetry: unreachable,
    digests: unreachable,
    bucketRows: unreachable,
    lease: unreachable,
    close: async () => hangUp(),
  };
}

/** Real connections through PgBouncer, all at the same moment: milliseconds until the last was greeted. */
export async function greetTogether(central: CentralServer, stations: number): Promise<number> {
  const tokens: Awaited<ReturnType<CentralServer['station']>>[] = [];
  for (let index = 0; index < stations; index++) tokens.push(await central.station(['MA']));
  const transports = tokens.map(({ token }) =>
    pgTransport({ url: central.stationUrl, authorityPem: null, token }),
  );
  await Promise.all(tokens.map(({ transport }) => transport.close()));
  const startedMs = performance.now();
  await Promise.all(
    transports.map((transport, index) =>
      transport.hello({
        stationId: tokens[index]?.stationId ?? '',
        ...{ incarnation: 1, runId: `run-${index}`, schema: 12, lastAckedSeq: 0 },
      }),
    ),
  );
  const tookMs = performance.now() - startedMs;
  await Promise.all(transports.map((transport) => transport.close()));
  return tookMs;
}
