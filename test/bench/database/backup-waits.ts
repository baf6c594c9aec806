import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenStore } from '../../../main/station/store/open-store.ts';
import type { Figure } from '../figure.ts';
import { whileWritingMissions } from './mission-waits.ts';
import { figure, median, quantile } from './values.ts';

/** What a mission's write waits for while a backup of all of it is made. */
export async function measureBackup(opened: OpenStore, scratch: string): Promise<Figure[]> {
  const folder = join(scratch, 'backups');
  mkdirSync(folder);
  const startMs = performance.now();
  const { waitsMs } = await whileWritingMissions(opened, () =>
    opened.backUp({ folder, reason: 'ON_DEMAND' }, () => undefined),
  );
  return [
    figure('backup, verified', (performance.now() - startMs) / 1_000, 's'),
    figure('mission write during a backup, p50', median(waitsMs), 'ms'),
    figure('mission write during a backup, p99', quantile(waitsMs, 0.99), 'ms', 50),
    figure('mission write during a backup, longest', Math.max(...waitsMs), 'ms'),
  ];
}
