import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Survivors } from './crash-checker.ts';

const CHECKER = fileURLToPath(new URL('./crash-checker.ts', import.meta.url));
/** The engine gives back most of its memory when it is closed, not all. */
const MOST_CHECKS_A_PROCESS = 25;
const TOLD_OF_THE_END = 2_000;

interface Checker {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  lines: AsyncIterator<string>;
  errors: string;
  checks: number;
}

/**
 * Processes that open what crashes left, one directory after another: starting one takes longer than opening a
 * database in it. One that ended is replaced.
 */
export class CrashCheckers {
  readonly #idle: Checker[] = [];

  /** What survived in the directory; a string: why it could not be opened or read. */
  async survivorsOf(dataDirectory: string): Promise<Survivors | string> {
    const checker = this.#idle.pop() ?? start();
    checker.checks++;
    checker.child.stdin.write(`${dataDirectory}\n`);
    const { value, done } = await checker.lines.next();
    if (done === true) {
      if (checker.child.exitCode === null && checker.child.signalCode === null)
        await once(checker.child, 'exit');
      return `ended with ${checker.child.exitCode}: ${checker.errors.slice(-TOLD_OF_THE_END)}`;
    }
    if (checker.checks < MOST_CHECKS_A_PROCESS) this.#idle.push(checker);
    else checker.child.stdin.end();
    return JSON.parse(value) as Survivors;
  }

  /** Ends the processes. */
  close(): void {
    for (const { child } of this.#idle.splice(0)) child.stdin.end();
  }
}

function start(): Checker {
  const child = spawn(process.execPath, [CHECKER], { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const checker: Checker = { child, lines, errors: '', checks: 0 };
  child.stderr.on('data', (part: Buffer) => {
    checker.errors += part.toString();
  });
  // A process that has ended takes no more directories; that it has is told by its lines.
  child.stdin.on('error', () => undefined);
  return checker;
}
