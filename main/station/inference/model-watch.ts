import type { Frame } from '../mavlink/frame.ts';
import { SKYRESCUE_INFERENCE_STATUS } from '../mavlink/generated/messages.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../store/store.ts';

export interface ModelWatchOptions {
  read: Pick<Store['read'], 'modelRecords' | 'deployedModels'>;
  nameOf: (systemId: number) => string | null;
  alerts: Alerts;
  clock: Clock;
  log: Log;
}

type Records = Awaited<ReturnType<Store['read']['modelRecords']>>;
type Deployed = Awaited<ReturnType<Store['read']['deployedModels']>>;

interface Reported {
  readonly version: string;
  /** First eight bytes of the SHA-256 of the file, hexadecimal; null where the drone does not say. */
  readonly hashStart: string | null;
}

const COMPARE_MS = 1_000;

/** Tells when a drone runs another model than it was given, or another file under a version that was verified. */
export class ModelWatch {
  readonly #options: ModelWatchOptions;
  readonly #reported = new Map<number, Reported>();
  /** What is raised now, by cause. */
  readonly #raised = new Map<string, string>();
  readonly #stop: () => void;
  #records: Records = [];
  #deployed: Deployed = [];

  constructor(options: ModelWatchOptions) {
    this.#options = options;
    this.#stop = options.clock.every(COMPARE_MS, () => this.#compare());
    void this.refresh();
  }

  /** Takes a message of a vehicle. */
  accept(frame: Frame): void {
    if (frame.messageId !== SKYRESCUE_INFERENCE_STATUS.id) return;
    const { modelVersion, modelHash } = SKYRESCUE_INFERENCE_STATUS.read(frame);
    const isKnown = modelHash.some((byte) => byte !== 0);
    this.#reported.set(frame.systemId, {
      version: modelVersion,
      hashStart: isKnown ? Buffer.from(modelHash).toString('hex') : null,
    });
  }

  /** Null: it said nothing yet. */
  reported(systemId: number): Reported | null {
    return this.#reported.get(systemId) ?? null;
  }

  /** To be called when a model was verified or put on a drone. */
  async refresh(): Promise<void> {
    const { read, log } = this.#options;
    try {
      [this.#records, this.#deployed] = await Promise.all([read.modelRecords({}), read.deployedModels({})]);
    } catch (error) {
      // What was read before still holds; the database tells its own failure.
      log.warn('model-records-unread', { error: error instanceof Error ? error.name : 'unknown' });
    }
  }

  close(): void {
    this.#stop();
  }

  #compare(): void {
    const { nameOf, alerts } = this.#options;
    for (const [systemId, reported] of this.#reported) {
      const droneId = nameOf(systemId);
      const cause = `MODEL:${systemId}`;
      const sentence = droneId === null ? null : this.#mismatch(droneId, reported);
      if (sentence === (this.#raised.get(cause) ?? null)) continue;
      if (sentence === null || droneId === null) {
        this.#raised.delete(cause);
        alerts.clear(cause);
      } else {
        this.#raised.set(cause, sentence);
        alerts.raise({ cause, level: 'CAUTION', subject: droneId, droneId, sentence });
      }
    }
  }

  #mismatch(droneId: string, { version, hashStart }: Reported): string | null {
    const given = this.#deployed.filter((model) => model.droneId === droneId);
    if (given.length > 0 && given.every((model) => model.version !== version)) {
      const versions = given.map((model) => model.version).join(', ');
      return `It runs model ${version}; it was given ${versions}. Find out which one it should have before it flies.`;
    }
    const known = this.#records.filter((record) => record.version === version);
    const verified = known.filter(({ sha256 }) => sha256 !== null);
    if (
      hashStart !== null &&
      verified.length > 0 &&
      !verified.some(({ sha256 }) => sha256?.startsWith(hashStart))
    )
      return `Its model ${version} is another file than the one that was verified. Put the verified file on it again.`;
    if (known.length > 0 && verified.length === 0)
      return `Its model ${version} was refused when it was verified. Put a verified model on it.`;
    return null;
  }
}
