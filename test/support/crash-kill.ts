import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../../main/station/ports/random.ts';
import { temporaryDirectory } from '../integration/db/temporary-database.ts';
import type { Survivors } from './crash-checker.ts';
import { CrashCheckers } from './crash-checkers.ts';
import type { Acknowledged } from './crash-workload.ts';
import { type CrashFigures, countSurvivors, noFigures } from './power-cut.ts';

const WRITER = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));
const MOST_ACKNOWLEDGED_A_ROUND = 300;
/** About as long as opening takes: now and then the kill falls into the recovery from the kill before. */
const OPENING_MS = 1_500;

/**
 * Kills a process that writes, with SIGKILL, `rounds` times over one database. Each process looks first what the one
 * before has left, and after the last kill the same is done once more.
 */
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
      const message = JSON.parse(line) as Acknowledged | { kind: 'opened'; survivors: Survivors };
      if (message.kind === 'opened') {
        countSurvivors(acknowledged, message.survivors, `round ${round}`, figures);
        continue;
      }
      acknowledged.push(message);
      if (++heard === enough) kill();
    }
    clearTimeout(timer);
    const [code, signal] = (await ended) as [number | null, string | null];
    if (signal === 'SIGKILL') continue;
    countSurvivors(acknowledged, `the writer ended by itself with ${code}`, `round ${round}`, figures);
    break;
  }
  const checkers = new CrashCheckers();
  countSurvivors(acknowledged, await checkers.survivorsOf(directory.path), 'at the end', figures);
  checkers.close();
  directory.remove();
  return figures;
}
