import { MessageChannelMain, type UtilityProcess, utilityProcess, type WebContents } from 'electron';

const RESTART_DELAYS_MS = [200, 1_000, 5_000, 15_000];
/** A station that ran this long before it ended starts again without the waits of the earlier crashes. */
const STEADY_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;

interface SupervisorOptions {
  entry: string;
  args: string[];
  environment: { resources: string; dataDirectory: string; version: string };
  onMissionsFlying(flying: boolean): void;
  /** The station ended again and again: somebody has to look. */
  onGivenUp(sentence: string): void;
}

/**
 * Keeps the station process alive: a crashed one is started again and finds its flying missions by itself; every
 * window then gets a new port.
 */
export class StationSupervisor {
  stopped = false;
  readonly #options: SupervisorOptions;
  readonly #windows = new Set<WebContents>();
  #process: UtilityProcess | null = null;
  #crashes = 0;
  #startedAtMs = 0;
  #isStopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  start(): void {
    const { entry, args, environment } = this.#options;
    this.#startedAtMs = performance.now();
    const child = utilityProcess.fork(entry, args, {
      serviceName: 'SkyRescue station',
      stdio: 'inherit',
      env: { ...process.env, SKYRESCUE_HOST: JSON.stringify(environment) },
    });
    this.#process = child;
    child.on('message', (message: unknown) => this.#receive(message));
    child.once('exit', () => this.#ended());
  }

  /** Gives the window a port to the station, now and after every restart. */
  attach(window: WebContents): void {
    if (!this.#windows.has(window)) {
      this.#windows.add(window);
      window.once('destroyed', () => this.#windows.delete(window));
    }
    this.#connect(window);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#process;
    if (child !== null) {
      await new Promise<void>((resolve) => {
        const kill = setTimeout(() => child.kill(), STOP_TIMEOUT_MS);
        child.once('exit', () => {
          clearTimeout(kill);
          resolve();
        });
        child.postMessage('skyrescue:stop');
      });
    }
    this.stopped = true;
  }

  #connect(window: WebContents): void {
    if (this.#process === null) return;
    const { port1, port2 } = new MessageChannelMain();
    this.#process.postMessage('skyrescue:port', [port1]);
    window.postMessage('skyrescue:port', null, [port2]);
  }

  #receive(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('kind' in message)) return;
    if (message.kind === 'missions-flying' && 'flying' in message)
      this.#options.onMissionsFlying(message.flying === true);
  }

  #ended(): void {
    this.#process = null;
    if (this.#isStopping) return;
    if (performance.now() - this.#startedAtMs > STEADY_MS) this.#crashes = 0;
    const delayMs = RESTART_DELAYS_MS[this.#crashes];
    this.#crashes += 1;
    if (delayMs === undefined) {
      this.#options.onGivenUp(
        'The station ended several times in a row. Restart the program; its log says why.',
      );
      return;
    }
    setTimeout(() => {
      this.start();
      for (const window of this.#windows) this.#connect(window);
    }, delayMs);
  }
}
