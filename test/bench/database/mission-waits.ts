import { setTimeout as pause } from 'node:timers/promises';
import type { OpenStore } from '../../../main/station/store/open-store.ts';
import { missionEvent } from '../../integration/db/build-records.ts';
import { BENCH_NOW_MS, missionId } from './data.ts';

const WRITE_EVERY_MS = 20;

/** Does the work, and meanwhile writes one event of a mission after another. Tells how long each waited, ms. */
export async function whileWritingMissions<Output>(
  opened: OpenStore,
  work: () => Promise<Output>,
): Promise<{ output: Output; waitsMs: number[] }> {
  const waitsMs: number[] = [];
  let working = true;
  const writing = (async () => {
    while (working) {
      const startMs = performance.now();
      await opened.store.write.recordMissionProgress({
        missionId: missionId(1),
        changes: {},
        events: [missionEvent({ atMs: BENCH_NOW_MS })],
      });
      waitsMs.push(performance.now() - startMs);
      await pause(WRITE_EVERY_MS);
    }
  })();
  const output = await work();
  working = false;
  await writing;
  return { output, waitsMs };
}
