import { isLive } from '../../db/sync/merge.ts';
import type { Columns } from '../../db/sync/wire.ts';
import { faultsOf } from './sync-chaos.ts';
import type { Edit } from './sync-model-store.ts';
import { judge, type Verdict } from './sync-oracle.ts';
import { type ModelStation, SyncWorld } from './sync-world.ts';

export const NEW_BASE = { name: 'Oak', contact: 'c', capacity: 4 };
export const base = (rowId: string, columns: Columns | null): Edit => ({
  table: 'base_stations',
  rowId,
  columns,
});

export interface Scene {
  readonly world: SyncWorld;
  readonly s1: ModelStation;
  readonly s2: ModelStation;
}

/** Two stations that are connected and have the base b1, which S1 made. */
export async function connected(): Promise<Scene> {
  const world = new SyncWorld({ seed: 7, stations: 2 });
  for (const station of world.stations) station.start();
  await world.pass(1_000);
  const [s1, s2] = world.stations;
  if (s1 === undefined || s2 === undefined) throw new Error('Two stations are needed');
  s1.write([base('b1', NEW_BASE)]);
  await world.until(() => world.isAtRest() && has(s2, 'b1'));
  return { world, s1, s2 };
}

export function columnsOf(station: ModelStation, key: string): Columns | undefined {
  const state = station.disk.rows.get(key)?.state;
  return state !== undefined && isLive(state) ? state.columns : undefined;
}

export function has(station: ModelStation, baseId: string): boolean {
  return columnsOf(station, `base_stations/${baseId}`) !== undefined;
}

/** Heals, and throws if anything is lost, twice, leaked, different or unsafe. */
export async function soundAfterwards(world: SyncWorld): Promise<Verdict> {
  await world.heal();
  const verdict = judge(world);
  const faults = faultsOf(verdict);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return verdict;
}
