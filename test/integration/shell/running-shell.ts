import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { FromTest, ToTest } from '../../support/electron-stand-in/driver.ts';

const ROOT = join(import.meta.dirname, '../../..');
const STAND_IN = join(ROOT, 'test/support/electron-stand-in/register.mjs');

type Told<Kind extends ToTest['kind']> = Extract<ToTest, { kind: Kind }>;

/** The built shell in a process of its own, under the stand-in for Electron. */
export class RunningShell {
  readonly process: ChildProcess;
  readonly #userData: string;
  readonly #told: ToTest[] = [];
  readonly #listeners = new Set<() => void>();
  #browser: Browser | null = null;

  /** `keyStore`: the operating system's, which all programs of a person share; by default one of this shell alone. */
  constructor(userData: string, args: readonly string[], keyStore = join(userData, 'os-key-store')) {
    this.#userData = userData;
    this.process = spawn(process.execPath, ['--import', STAND_IN, join(ROOT, 'out/main/shell.js'), ...args], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        ...process.env,
        SKYRESCUE_TEST_USER_DATA: userData,
        SKYRESCUE_TEST_KEY_STORE: keyStore,
      },
    });
    this.process.on('message', (message: ToTest) => {
      this.#told.push(message);
      for (const listener of [...this.#listeners]) listener();
    });
    this.process.once('exit', () => {
      for (const listener of [...this.#listeners]) listener();
    });
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  all<Kind extends ToTest['kind']>(kind: Kind): Told<Kind>[] {
    return this.#told.filter((message): message is Told<Kind> => message.kind === kind);
  }

  /** The stand-in's messages of a kind, once there are so many. */
  async told<Kind extends ToTest['kind']>(kind: Kind, count = 1, timeoutMs = 20_000): Promise<Told<Kind>[]> {
    await this.#until(() => this.all(kind).length >= count, timeoutMs, `${count} × ${kind}`);
    return this.all(kind);
  }

  /** The page, driven from outside as a person would. */
  async page(): Promise<Page> {
    await this.told('page-shown', 1, 40_000);
    const portFile = await readFile(join(this.#userData, 'chromium/DevToolsActivePort'), 'utf8');
    this.#browser ??= await chromium.connectOverCDP(`http://127.0.0.1:${portFile.split('\n')[0]}`);
    const page = this.#browser.contexts()[0]?.pages()[0];
    if (page === undefined) throw new Error('The window shows no page.');
    return page;
  }

  ask(message: FromTest): void {
    this.process.send?.(message);
  }

  /** The exit code. */
  async ended(timeoutMs = 20_000): Promise<number | null> {
    await this.#until(() => this.hasEnded, timeoutMs, 'the shell ends');
    return this.process.exitCode;
  }

  /** Whatever the test left behind. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.process, 'exit');
    this.ask({ kind: 'quit' });
    const kill = setTimeout(() => this.process.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(kill);
  }

  async #until(holds: () => boolean, timeoutMs: number, what: string): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
      };
      const look = (): void => {
        if (holds()) {
          finish();
          resolve();
        } else if (this.hasEnded) {
          finish();
          reject(new Error(`The shell ended while the test waited: ${what}.`));
        }
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`Not within ${timeoutMs} ms: ${what}. Told: ${JSON.stringify(this.#told)}`));
      }, timeoutMs);
      this.#listeners.add(look);
    });
  }
}

/** A directory that is removed afterwards. */
export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'skyrescue-shell-'));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) };
}
