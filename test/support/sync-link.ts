import type { Random } from '../../main/station/ports/random.ts';
import { type CentralTransport, SyncFault } from '../../main/station/sync/central-transport.ts';
import type { FakeClock } from './fake-clock.ts';
import type { ModelServer } from './sync-model-server.ts';

export interface LinkWeather {
  mode: 'UP' | 'DOWN' | 'HALF_OPEN';
  /** Shares of calls, 0–1. */
  lostAnswers: number;
  repeated: number;
  latencyMs: number;
}

/** What a program of the station may be made to do wrong between the engine and the wire. */
export interface LinkOptions {
  readonly stationId: string;
  readonly server: ModelServer;
  readonly clock: FakeClock;
  readonly random: Random;
  readonly weather: LinkWeather;
  /** Sees how many changes go to the server at once. */
  readonly onBatch: (changes: number) => void;
  /** Sees every row that goes to the station. */
  readonly onPage: (rows: readonly { table: string; rowId: string; op: string }[]) => void;
}

/** One program's connection: requests are late, answers get lost, and what was sent may arrive twice. */
export function openLink(options: LinkOptions): CentralTransport {
  const { server, stationId, clock, random, weather } = options;
  const cutters = new Set<() => void>();
  const delayMs = (): number => weather.latencyMs * (0.2 + random.next());

  const call = <Answer>(request: () => Promise<Answer>): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        if (cutters.delete(cut)) settle();
      };
      const cut = (): void =>
        end(() => reject(new SyncFault('UNREACHABLE', 'The connection to the central server broke.')));
      cutters.add(cut);
      if (weather.mode === 'HALF_OPEN') return;
      if (weather.mode === 'DOWN') {
        clock.after(delayMs(), cut);
        return;
      }
      const answerIsLost = random.next() < weather.lostAnswers;
      const isRepeated = random.next() < weather.repeated;
      const laterMs = random.next() * 15_000;
      clock.after(delayMs(), () => {
        const answer = request();
        if (isRepeated) clock.after(laterMs, () => void request().catch(() => undefined));
        answer.then(
          (value) => clock.after(delayMs(), answerIsLost ? cut : () => end(() => resolve(value))),
          (error) => clock.after(delayMs(), answerIsLost ? cut : () => end(() => reject(error))),
        );
      });
    });

  return {
    hello: (hello) => call(() => server.hello(hello)),
    push: (batch, epoch) => {
      options.onBatch(batch.groups.reduce((sum, { changes }) => sum + changes.length, 0));
      return call(() => server.push(stationId, batch, epoch));
    },
    pull: ({ cursor }) =>
      call(async () => {
        const page = server.pull(stationId, cursor);
        options.onPage(page.rows);
        return page;
      }),
    pushTelemetry: (batch, epoch) => call(() => server.pushTelemetry(stationId, batch, epoch)),
    digests: (table, cursor) => call(() => server.digests(stationId, table, cursor)),
    bucketRows: (table, bucket) => call(() => server.bucketRows(stationId, table, bucket)),
    lease: () => call(async () => ({ state: 'HELD' as const })),
    async close() {
      for (const cut of [...cutters]) cut();
    },
  };
}
