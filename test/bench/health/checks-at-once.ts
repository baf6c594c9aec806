import { readFileSync } from 'node:fs';
import { firstOf } from '../../../scripts/station-client.ts';
import { runStation } from '../../support/running-station.ts';

const DRONES = 50;
const WAIT_MS = 240_000;
/** In the demo's records from the start. */
const DEMO_DRONES = ['Alpha-1', 'Alpha-3', 'Bravo-4', 'Charlie-2', 'Delta-1', 'Echo-2'];
/** The kernel counts processor time in these (USER_HZ). */
const TICKS_PER_S = 100;

export interface ChecksAtOnce {
  readonly drones: number;
  readonly complete: number;
  /** From the first start to the last item, seconds. */
  readonly durationS: number;
  /** Of one core, all threads of the station's process, while the checks ran. */
  readonly stationCpuPercent: number;
  /** The same before any check was begun. */
  readonly idleCpuPercent: number;
}

/** Fifty drones of the simulator at their real pace, checked and watched at once over the contract. */
export async function checksAtOnce(seed: number): Promise<ChecksAtOnce> {
  const names = Array.from({ length: DRONES }, (_, index) => DEMO_DRONES[index] ?? `Bench-${index + 1}`);
  const registrations = names.flatMap((name, index) =>
    index < DEMO_DRONES.length ? [] : ['--register', `${name}=sysid:${index + 1},base:BOS-1`],
  );
  const running = await runStation({
    ...{ seed, speed: 1, drones: DRONES },
    stationArgs: ['--demo', ...registrations],
  });
  const { client, station } = running;
  try {
    await firstOf(
      client.fleet.watch(),
      ({ entries }) =>
        names.every((name) => entries.some(({ key, contact }) => key === name && contact === 'LIVE')),
      WAIT_MS,
      'all drones are heard',
    );
    const pid = station.child.pid ?? 0;
    const idleCpuPercent = await cpuPercent(pid, () => new Promise((resolve) => setTimeout(resolve, 10_000)));
    const startedMs = performance.now();
    let complete = 0;
    const stationCpuPercent = await cpuPercent(pid, async () => {
      await Promise.all(
        names.map(async (droneId) => {
          await client.health.start({ droneId });
          await firstOf(
            client.health.watch({ droneId }),
            ({ check }) => check?.automatic.every(({ result }) => result !== 'WAITING') ?? false,
            WAIT_MS,
            `${droneId} is checked`,
          );
          complete += 1;
        }),
      );
    });
    const durationS = (performance.now() - startedMs) / 1_000;
    return { drones: DRONES, complete, durationS, stationCpuPercent, idleCpuPercent };
  } finally {
    await running.stop();
  }
}

async function cpuPercent(pid: number, work: () => Promise<void>): Promise<number> {
  const before = { cpuS: cpuSeconds(pid), atMs: performance.now() };
  await work();
  return ((cpuSeconds(pid) - before.cpuS) / ((performance.now() - before.atMs) / 1_000)) * 100;
}

/** Linux: fields 14 and 15 of /proc/PID/stat, counted after the name, which may hold spaces. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}
