import type { TelemetryRow } from '../../../db/queries/query-map.ts';
import type { OpenStore } from '../../../main/station/store/open-store.ts';
import { telemetryRow } from '../../integration/db/build-records.ts';
import type { Figure } from '../figure.ts';
import { arrivingTelemetrySql, missionId } from './data.ts';
import { whileWritingMissions } from './mission-waits.ts';
import type { NativeDatabase } from './native.ts';
import { figure, figureAtLeast, median, quantile } from './values.ts';

/** Rows of one call of the flight recorder at its busiest. */
const BATCH = 5_000;
const INGEST_MS = 5_000;
const NATIVE_BATCHES = 20;

/** Telemetry by the batch, alone and beside the writes of a mission. */
export async function measureIngest(opened: OpenStore, native: NativeDatabase): Promise<Figure[]> {
  const { write } = opened.store;
  let atMs = Date.UTC(2025, 10, 1);
  const batch = (): TelemetryRow[] =>
    Array.from({ length: BATCH }, (_, index) => {
      atMs += 10;
      const mission = 1 + (index % 20);
      return telemetryRow(missionId(mission), {
        atMs,
        droneId: `Drone-${mission}`,
        latitudeDeg: 42 + (index % 977) / 98_765,
        groundSpeedMps: 10 + (index % 83) / 17,
      });
    });
  const ingest = async (forMs: number): Promise<number> => {
    let rows = 0;
    const startMs = performance.now();
    // The next batch is under way while one is taken.
    let taken = write.appendTelemetry({ rows: batch() });
    while (performance.now() - startMs < forMs) {
      const next = write.appendTelemetry({ rows: batch() });
      rows += (await taken).inserted;
      taken = next;
    }
    rows += (await taken).inserted;
    return (1_000 * rows) / (performance.now() - startMs);
  };
  await ingest(500);
  const alone = await ingest(INGEST_MS);
  const { output: beside, waitsMs } = await whileWritingMissions(opened, () => ingest(INGEST_MS));
  const groups = Array.from({ length: NATIVE_BATCHES }, (_, index) =>
    arrivingTelemetrySql(index * BATCH, (index + 1) * BATCH),
  );
  const nativeMs = median(native.times(['SET synchronous_commit = off', ...groups]));
  return [
    figureAtLeast('telemetry ingest, embedded', alone, 'rows/s', 50_000),
    figure('telemetry ingest, embedded, beside mission writes', beside, 'rows/s'),
    figure('telemetry insert of made-up rows, native', (1_000 * BATCH) / nativeMs, 'rows/s'),
    figure('mission write during ingest, p50', median(waitsMs), 'ms'),
    figure('mission write during ingest, p99', quantile(waitsMs, 0.99), 'ms', 50),
  ];
}
