import { Refusal } from '../../preload/contract/errors.ts';
import type { ModelPlace, ModelReading, ModelVerification } from '../../preload/contract/models.ts';
import type { ModelDesk, VerifyOrder } from './inference/model-desk.ts';
import type { FileSink } from './mavlink/protocol/file-sink.ts';
import { mavlinkFileCrc32 } from './mavlink/protocol/ftp-payload.ts';
import type { VehicleTools } from './vehicle/tools/vehicle-tools.ts';

interface DroneModelsParts {
  /** Refuses a drone that is not known, or was not heard. */
  readonly toolsOf: (droneId: string) => Pick<VehicleTools, 'listFiles' | 'downloadFile' | 'onboardComputer'>;
  readonly desk: Pick<ModelDesk, 'verify' | 'standing'>;
  /** What the drone says it runs; null: it said nothing yet. */
  readonly reportedOf: (droneId: string) => { version: string; hashStart: string | null } | null;
  readonly isActive: (version: string, sha256: string) => Promise<boolean>;
}

export type DroneModelOrder = Pick<VerifyOrder, 'modelType' | 'version' | 'golden'> & {
  readonly droneId: string;
  /** Of the drone: whose files they are. */
  readonly componentId: number;
  readonly path: string;
  readonly sizeBytes: number;
};

interface DroneFiles {
  readonly componentId: number;
  readonly files: readonly { readonly path: string; readonly name: string; readonly sizeBytes: number }[];
}

/** MAV_COMP_ID_AUTOPILOT1. */
const AUTOPILOT_COMPONENT = 1;
/** Over a telemetry radio this takes hours; what is larger is copied from the drone's card. */
const LARGEST_BYTES = 64 * 1024 * 1024;
const MODEL_NAME = /\.onnx$/i;

/** Models as they lie on drones: read over MAVLink FTP and verified, in one step, one at a time. */
export class DroneModels {
  readonly #parts: DroneModelsParts;
  readonly #listeners = new Set<() => void>();
  #reading: ModelReading | null = null;
  #abort: AbortController | null = null;

  constructor(parts: DroneModelsParts) {
    this.#parts = parts;
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  reading(): ModelReading | null {
    return this.#reading;
  }

  async files(droneId: string, folder: string, place: ModelPlace): Promise<DroneFiles> {
    const tools = this.#parts.toolsOf(droneId);
    const componentId = place === 'AUTOPILOT' ? AUTOPILOT_COMPONENT : await tools.onboardComputer();
    const outcome = await tools.listFiles(folder, { componentId });
    if (outcome.state === 'FAILED') {
      const asked = componentId === AUTOPILOT_COMPONENT ? '' : ` Asked was component ${componentId}.`;
      throw new Refusal('COMMAND_UNKNOWN', `${outcome.sentence}${asked}`);
    }
    const files = outcome.files
      .filter(({ kind, name }) => kind === 'FILE' && MODEL_NAME.test(name))
      .map(({ name, sizeBytes }) => ({ path: `${folder.replace(/\/+$/, '')}/${name}`, name, sizeBytes }));
    return { componentId, files };
  }

  /**
   * Refuses at once what cannot begin; progress and end are told by `reading`.
   * @param verified called when the verification is on record
   */
  async read(order: DroneModelOrder, verified: (verification: ModelVerification) => void): Promise<void> {
    const { droneId, path, sizeBytes } = order;
    if (this.#abort !== null)
      throw new Refusal('CONFLICT', 'Another model is being read from a drone. Wait for it, or cancel it.');
    if (sizeBytes > LARGEST_BYTES)
      throw new Refusal(
        'INVALID_INPUT',
        `${path} has ${Math.round(sizeBytes / 1024 / 1024)} MB. At most ${LARGEST_BYTES / 1024 / 1024} MB are read over the radio: copy it from the drone’s card into the model folder.`,
      );
    const tools = this.#parts.toolsOf(droneId);
    const abort = new AbortController();
    const before = this.#reading;
    this.#abort = abort;
    this.#reading = {
      ...{ droneId, path, state: 'READING', percent: 0, bytes: 0, sizeBytes },
      ...{ sentence: null, verification: null },
    };
    const work = this.#readAndVerify(tools, order, abort.signal, verified);
    // A refusal comes in the same turn; anything later is told by the feed.
    const refused = await Promise.race([
      work.then(
        () => null,
        (error: unknown) => ({ error }),
      ),
      new Promise<null>((resolve) => setImmediate(() => resolve(null))),
    ]);
    if (refused !== null) {
      this.#abort = null;
      this.#reading = before;
      throw refused.error;
    }
    void work
      .catch((error: unknown) =>
        this.#tell({ state: 'FAILED', sentence: error instanceof Error ? error.message : String(error) }),
      )
      .finally(() => {
        this.#abort = null;
      });
    this.#changed();
  }

  /** Nothing of what was read is kept. */
  cancel(): void {
    this.#abort?.abort();
  }

  async #readAndVerify(
    tools: Pick<VehicleTools, 'downloadFile'>,
    { droneId, componentId, path, sizeBytes, ...order }: DroneModelOrder,
    signal: AbortSignal,
    verified: (verification: ModelVerification) => void,
  ): Promise<void> {
    const file = new FileInMemory(sizeBytes);
    const outcome = await tools.downloadFile(path, file, {
      ...{ componentId, from: 0 },
      signal,
      onProgress: ({ bytes, size }) =>
        this.#tell({ bytes, sizeBytes: size, percent: size === 0 ? 100 : Math.floor((100 * bytes) / size) }),
    });
    if (outcome.state === 'FAILED') {
      this.#tell({ state: 'FAILED', sentence: `${outcome.sentence} Nothing was verified.` });
      return;
    }
    this.#tell({ state: 'VERIFYING', percent: 100 });
    const bytes = file.whole(outcome.size);
    const verification = await this.#parts.desk.verify({ ...order, source: { kind: 'READ', bytes } });
    verified(verification);
    const sentence = await this.#comparison(droneId, verification);
    this.#tell({ state: 'DONE', verification, sentence });
  }

  /** How the file stands to the fleet's list, and to what the drone says it runs. */
  async #comparison(droneId: string, verification: ModelVerification): Promise<string> {
    const { sha256, version } = verification;
    const { desk, isActive } = this.#parts;
    const [{ asVersion, others }, active] = await Promise.all([
      desk.standing(verification),
      isActive(version, sha256),
    ]);
    const listed = {
      SAME: `It is the file of version ${version} in the fleet’s list, which is ${active ? '' : 'not '}active.`,
      OTHER: `The fleet’s list has another file as version ${version}.`,
      NOT_LISTED: `The fleet’s list has no verified file of version ${version}.`,
    }[asVersion];
    const same = others.length === 0 ? '' : ` The same file is known as ${others.join(', ')}.`;
    return `${listed}${same} ${this.#asReported(droneId, sha256)}`;
  }

  #asReported(droneId: string, sha256: string): string {
    const reported = this.#parts.reportedOf(droneId);
    if (reported === null || reported.hashStart === null)
      return `${droneId} does not say which file it runs.`;
    return sha256.startsWith(reported.hashStart)
      ? `${droneId} says that it runs this file.`
      : `${droneId} says that it runs another file, as version ${reported.version}.`;
  }

  #tell(news: Partial<ModelReading>): void {
    if (this.#reading !== null) this.#reading = { ...this.#reading, ...news };
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The drone may give another size when the file is opened than when it was listed. */
class FileInMemory implements FileSink {
  #bytes: Buffer;

  constructor(sizeBytes: number) {
    this.#bytes = Buffer.alloc(sizeBytes);
  }

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > LARGEST_BYTES) throw new Error('The file on the drone is larger than it said. It is not read.');
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.min(LARGEST_BYTES, end * 2));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, offset);
  }

  async checksum(size: number): Promise<number> {
    return mavlinkFileCrc32(this.#bytes.subarray(0, size), 0);
  }

  whole(size: number): Uint8Array {
    return this.#bytes.subarray(0, size);
  }
}
