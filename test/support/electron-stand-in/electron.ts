import { EventEmitter } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BrowserWindow, ipcMain } from './browser-window.ts';
import { type FromTest, tellTest } from './driver.ts';
import { MessageChannelMain } from './ports.ts';
import { createSafeStorage } from './safe-storage.ts';
import { UtilityProcess } from './utility-process.ts';

export { protocol, session } from './session.ts';
/**
 * As much of Electron's main-process module as the shell uses, on plain Node and a real Chromium: what cannot be
 * downloaded is stood in for, what we wrote runs as built. The test that starts this process drives it by messages
 * (driver.ts).
 */
export { BrowserWindow, ipcMain, MessageChannelMain };

const userData = process.env.SKYRESCUE_TEST_USER_DATA ?? '';
const lockFile = join(userData, 'instance.lock');

class App extends EventEmitter {
  readonly isPackaged = false;
  readonly #ready = new Promise<void>((resolve) => setImmediate(resolve));
  #isQuitting = false;
  isReady = false;

  constructor() {
    super();
    void this.#ready.then(() => (this.isReady = true));
  }

  /** One instance for each directory of user data; the first is told of a second. */
  requestSingleInstanceLock(): boolean {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    } catch {
      process.kill(Number(readFileSync(lockFile, 'utf8')), 'SIGUSR2');
      return false;
    }
    process.on('SIGUSR2', () => this.emit('second-instance', {}, [], process.cwd()));
    process.once('exit', () => rmSync(lockFile, { force: true }));
    return true;
  }

  whenReady(): Promise<void> {
    return this.#ready;
  }

  getPath(): string {
    return userData;
  }

  getVersion(): string {
    return '0.0.0-test';
  }

  /** before-quit, which may be prevented; then every window closes, will-quit, and the end. */
  quit(): void {
    if (this.#isQuitting) return;
    let prevented = false;
    this.emit('before-quit', { preventDefault: () => (prevented = true) });
    if (prevented) return;
    this.#isQuitting = true;
    void BrowserWindow.closeAll().then(() => this.exit(0));
  }

  exit(code = 0): void {
    process.exit(code);
  }
}

export const app = new App();
BrowserWindow.onAllClosed(() => app.emit('window-all-closed'));

export const utilityProcess = {
  fork(
    entry: string,
    args: string[],
    options: { env: NodeJS.ProcessEnv; serviceName: string },
  ): UtilityProcess {
    if (!app.isReady) throw new Error('utilityProcess.fork was called before the app was ready.');
    return new UtilityProcess(entry, args, options);
  },
};

/** The operating system's key store of the person who runs this program. */
export const safeStorage = createSafeStorage({
  keyPath: process.env.SKYRESCUE_TEST_KEY_STORE ?? '',
  answers: () => true,
});

let nextBlockerId = 0;
const blockers = new Set<number>();
export const powerSaveBlocker = {
  start(): number {
    const id = nextBlockerId++;
    blockers.add(id);
    tellTest({ kind: 'power-save', blocked: true });
    return id;
  },
  stop(id: number): boolean {
    const wasBlocked = blockers.delete(id);
    tellTest({ kind: 'power-save', blocked: blockers.size > 0 });
    return wasBlocked;
  },
};

export const Menu = {
  buildFromTemplate: (template: unknown): unknown => template,
  setApplicationMenu(): void {},
};

let chosenFile: string | null = null;
export const dialog = {
  async showSaveDialog(_window: BrowserWindow, { defaultPath }: { defaultPath: string }) {
    tellTest({ kind: 'save-asked', defaultPath });
    return { canceled: chosenFile === null, filePath: chosenFile ?? '' };
  },
  showErrorBox(_title: string, content: string): void {
    tellTest({ kind: 'error-box', content });
  },
};

process.on('message', (message: FromTest) => {
  switch (message.kind) {
    case 'quit':
      app.quit();
      return;
    case 'close-window':
      void BrowserWindow.closeByPerson();
      return;
    case 'choose-file':
      chosenFile = message.path;
  }
});
process.once('disconnect', () => app.exit(1));
