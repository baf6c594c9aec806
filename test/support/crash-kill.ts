import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../../main/station/ports/random.ts';
import { temporaryDirectory } from '../integration/db/temporary-database.ts';
import type { Acknowledged } from './crash-workload.ts';
import { type CrashFigures, countSurvivors, noFigures, survivorsOf } from './power-cut.ts';

const WRITER = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));
const MOST_ACKNOWLEDGED_A_ROUND = 300;
/** About as long as opening takes: now and then the kill falls into the recovery from the kill before. */
const OPENING_MS = 1_500;

/** Kills a process that writes, with SIGKILL, `rounds` times over one database, and looks each time what is left. */
export async function killWriters({ seed, rounds }: { seed: number; rounds: number }): Promise<CrashFigures> {
  const figures = noFigures(rounds);
  const random = seededRandom(seed);
  const directory = temporaryDirectory();
  const acknowledged: Acknowledged[] = [];
  for (let round = 0; round < rounds; round++) {
    const child = spawn(process.execPath, [WRITER, directory.path, String(seed + round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    const whileOpening = round > 0 && random.next() < 0.1;
    const enough = 1 + Math.floor(random.next() * MOST_ACKNOWLEDGED_A_ROUND);
    const kill = (): void => void child.kill('SIGKILL');
    const timer = whileOpening ? setTimeout(kill, random.next() * OPENING_MS) : undefined;
    let heard = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const record = JSON.parse(line) as Acknowledged | { kind: 'ready' };
      if (record.kind === 'ready') continue;
      acknowledged.push(record);
      if (++heard === enough) kill();
    }
    clearTimeout(timer);
    const [, signal] = (await ended) as [number | null, string | null];
    if (signal !== 'SIGKILL') figures.failures.push(`round ${round}: the writer ended by itself.`);
    const survivors = await survivorsOf(directory.path);
    countSurvivors(acknowledged, survivors, `round ${round}`, figures);
    if (typeof survivors === 'string') break;
  }
  directory.remove();
  return figures;
}
