import {
  MessageChannelMain,
  type MessagePortMain,
  type UtilityProcess,
  utilityProcess,
  type WebContents,
} from 'electron';
import type { KeyStore } from '../station/ports/secret-store.ts';
import { ModelProcesses } from './model-processes.ts';
import type { ShellMessage, StationMessage } from './station-message.ts';

const RESTART_DELAYS_MS = [200, 1_000, 3_000, 8_000];
/** A station that ran this long before it ended starts again without the waits of the earlier crashes. */
const STEADY_MS = 60_000;
/** Time for landing records to be written; a station that takes longer hangs. */
const STOP_TIMEOUT_MS = 10_000;

interface SupervisorOptions {
  entry: string;
  modelEntry: string;
  args: string[];
  environment: { resources: string; dataDirectory: string; version: string };
  keyStore: KeyStore;
  onMissionsFlying(flying: boolean): void;
  /** It is not started again: somebody has to look. */
  onGivenUp(sentence: string): void;
}

/**
 * Keeps the station process alive: a crashed one is started again and finds its flying missions by itself. Every
 * window gets a port each time the station has become ready, and is told when it ends: not every Chromium tells a page
 * that the other end of its port is gone.
 */
export class StationSupervisor {
  readonly #options: SupervisorOptions;
  readonly #windows = new Set<WebContents>();
  #process: UtilityProcess | null = null;
  #crashes = 0;
  #startedAtMs = 0;
  #isReady = false;
  #wasEverReady = false;
  /** Why the station that runs now could not start, in its own words. */
  #refusal: string | null = null;
  #restart: NodeJS.Timeout | null = null;
  #stopping: Promise<void> | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  start(): void {
    const { entry, modelEntry, args, environment } = this.#options;
    this.#startedAtMs = performance.now();
    this.#refusal = null;
    const child = utilityProcess.fork(entry, args, {
      serviceName: 'SkyRescue station',
      stdio: 'inherit',
      env: { ...process.env, SKYRESCUE_HOST: JSON.stringify(environment) },
    });
    this.#process = child;
    const models = new ModelProcesses(modelEntry, (message, ports) => tell(child, message, ports));
    child.on('message', (message: StationMessage) => this.#receive(message, child, models));
    child.once('exit', () => {
      models.killAll();
      this.#ended();
    });
  }

  /** Gives the window a port to the station, as soon as it is ready and after every restart. */
  attach(window: WebContents): void {
    if (!this.#windows.has(window)) {
      this.#windows.add(window);
      window.once('destroyed', () => this.#windows.delete(window));
    }
    this.#connect(window);
  }

  /** Lets the station close its database; it is not started again. Resolves when it has ended. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<void> {
    if (this.#restart !== null) clearTimeout(this.#restart);
    const child = this.#process;
    if (child === null) return;
    await new Promise<void>((resolve) => {
      const kill = setTimeout(() => child.kill(), STOP_TIMEOUT_MS);
      child.once('exit', () => {
        clearTimeout(kill);
        resolve();
      });
      tell(child, { kind: 'stop' });
    });
  }

  #connect(window: WebContents): void {
    if (this.#process === null || !this.#isReady) return;
    const { port1, port2 } = new MessageChannelMain();
    tell(this.#process, { kind: 'page' }, [port1]);
    window.postMessage('skyrescue:port', null, [port2]);
  }

  #receive(message: StationMessage, from: UtilityProcess, models: ModelProcesses): void {
    const { keyStore } = this.#options;
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        this.#wasEverReady = true;
        for (const window of this.#windows) this.#connect(window);
        return;
      case 'refused':
        this.#refusal = message.sentence;
        return;
      case 'missions-flying':
        this.#options.onMissionsFlying(message.flying);
        return;
      case 'seal':
        void keyStore
          .seal(message.secret)
          .then((sealed) => tell(from, { kind: 'sealed', id: message.id, sealed }));
        return;
      case 'open':
        void keyStore
          .open(message.sealed)
          .then((opened) => tell(from, { kind: 'opened', id: message.id, opened }));
        return;
      case 'start-model-process':
        models.start(message.id);
        return;
      case 'kill-model-process':
        models.kill(message.id);
    }
  }

  #ended(): void {
    this.#process = null;
    this.#isReady = false;
    for (const window of this.#windows) window.postMessage('skyrescue:station-ended', null);
    if (this.#stopping !== null) return;
    // Nothing that waiting changes: another program has the records, an option is wrong. In a station that has run,
    // drones may be flying, and it is tried again all the same.
    if (this.#refusal !== null && !this.#wasEverReady) {
      this.#options.onGivenUp(this.#refusal);
      return;
    }
    if (performance.now() - this.#startedAtMs > STEADY_MS) this.#crashes = 0;
    const delayMs = RESTART_DELAYS_MS[this.#crashes];
    this.#crashes += 1;
    if (delayMs === undefined) {
      const why = this.#refusal ?? 'The station ended several times in a row.';
      this.#options.onGivenUp(`${why} Close this program and start it again.`);
      return;
    }
    this.#restart = setTimeout(() => this.start(), delayMs);
  }
}

function tell(station: UtilityProcess, message: ShellMessage, ports: MessagePortMain[] = []): void {
  station.postMessage(message, ports);
}
