import { lstat, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelRecord } from '../../../db/queries/query-map-models.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { ModelType, ModelVerification } from '../../../preload/contract/models.ts';
import type { Clock } from '../ports/clock.ts';
import { type Random, uuidV7 } from '../ports/random.ts';
import type { Store } from '../store/store.ts';
import { LARGEST_GOLDEN_BYTES, readGoldenFile } from './golden-file.ts';
import { LARGEST_MODEL_BYTES } from './onnx/inspect-model.ts';
import { type VerifyOptions, verifyModel } from './verify-model.ts';

export type ModelSource =
  | { readonly kind: 'FILE'; readonly name: string }
  | { readonly kind: 'BYTES'; readonly base64: string }
  /** Was read from a drone. */
  | { readonly kind: 'READ'; readonly bytes: Uint8Array };

export interface ModelStanding {
  /** Whether the list holds this file under this version. */
  readonly asVersion: 'SAME' | 'OTHER' | 'NOT_LISTED';
  /** Other versions under which it holds the same file. */
  readonly others: readonly string[];
}

export interface VerifyOrder {
  readonly modelType: ModelType;
  readonly version: string;
  readonly source: ModelSource;
  /** Its maker's golden file. */
  readonly golden: ModelSource | null;
}

/** Models that drones should carry: verified here, and who was given which. */
export interface ModelDesk {
  files(): Promise<{ folder: string; names: string[]; goldenNames: string[] }>;
  verifications(): Promise<ModelVerification[]>;
  /** Refuses with CONFLICT while another one is verified, NOT_FOUND and INVALID_INPUT for a file that cannot be read. */
  verify(order: VerifyOrder): Promise<ModelVerification>;
  /** How a file stands to the fleet's list. */
  standing(file: Pick<ModelVerification, 'modelType' | 'version' | 'sha256'>): Promise<ModelStanding>;
  recordDeployment(order: { droneId: string; modelVersionId: string; dispatcherId: string }): Promise<void>;
  /** Called after each verification and deployment. Returns its unsubscribe. */
  subscribe(listener: () => void): () => void;
}

export interface ModelDeskOptions extends VerifyOptions {
  /** Where model files are put to be verified. Made when it is first asked for. */
  folder: string;
  store: Pick<Store, 'read' | 'write'>;
  clock: Clock;
  random: Random;
}

interface FileKind {
  readonly name: RegExp;
  readonly example: string;
  readonly largestBytes: number;
}
const MODEL: FileKind = {
  name: /^[A-Za-z0-9][\w.-]{0,195}\.onnx$/,
  example: 'scene-2.onnx',
  largestBytes: LARGEST_MODEL_BYTES,
};
const GOLDEN: FileKind = {
  name: /^[A-Za-z0-9][\w.-]{0,193}\.golden$/,
  example: 'scene-2.golden',
  largestBytes: LARGEST_GOLDEN_BYTES,
};
const MOST_FILES = 200;

export function createModelDesk(options: ModelDeskOptions): ModelDesk {
  const { folder, store, clock, random } = options;
  const listeners = new Set<() => void>();
  let verifying = false;
  const changed = (): void => {
    for (const listener of [...listeners]) listener();
  };

  async function verify(order: VerifyOrder): Promise<ModelVerification> {
    const { modelType, version } = order;
    const file = await fileOf(folder, order.source, MODEL);
    const golden = order.golden === null ? null : readGoldenFile(await fileOf(folder, order.golden, GOLDEN));
    const known = (await store.read.modelRecords({})).find(
      (record) => record.modelType === modelType && record.version === version,
    );
    const recorded =
      known?.recorded && known.sha256 !== null ? { ...known.recorded, sha256: known.sha256 } : null;
    const result = await verifyModel(file, modelType, recorded, options, golden);
    const verification: ModelVerification = {
      ...result,
      modelVersionId: known?.modelVersionId ?? uuidV7(clock.nowMs(), random),
      modelType,
      version,
      sizeBytes: file.length,
      verifiedAtMs: clock.nowMs(),
    };
    const { fault, outcomes, latencyMs } = result;
    const first = fault === null && latencyMs !== null ? { outcomes, latencyMs } : null;
    await store.write.recordModelVerification({ verification, recorded: known?.recorded ?? first });
    changed();
    return verification;
  }

  return {
    files: () => filesIn(folder),
    async verifications() {
      const records = await store.read.modelRecords({});
      return records.map(({ verification }) => verification).filter((verification) => verification !== null);
    },
    standing: async (file) => standingOf(await store.read.modelRecords({}), file),
    async verify(order) {
      if (verifying) throw new Refusal('CONFLICT', 'Another model is being verified. Wait until it is done.');
      verifying = true;
      try {
        return await verify(order);
      } finally {
        verifying = false;
      }
    },
    async recordDeployment({ droneId, modelVersionId, dispatcherId }) {
      requireVerified(await store.read.modelRecords({}), modelVersionId);
      const atMs = clock.nowMs();
      const deploymentId = uuidV7(atMs, random);
      await store.write.recordModelDeployment({ deploymentId, droneId, modelVersionId, dispatcherId, atMs });
      changed();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

type Records = readonly ModelRecord[];

function standingOf(
  records: Records,
  { modelType, version, sha256 }: Parameters<ModelDesk['standing']>[0],
): ModelStanding {
  const named = records.find((record) => record.modelType === modelType && record.version === version);
  const listed = named?.sha256 ?? null;
  return {
    asVersion: listed === null ? 'NOT_LISTED' : listed === sha256 ? 'SAME' : 'OTHER',
    others: records.flatMap((record) =>
      record !== named && record.sha256 === sha256 ? [record.version] : [],
    ),
  };
}

function requireVerified(records: Records, modelVersionId: string): void {
  const record = records.find((model) => model.modelVersionId === modelVersionId);
  if (record === undefined) throw new Refusal('NOT_FOUND', 'There is no such model. Verify its file first.');
  if (record.verification?.fault !== null)
    throw new Refusal('CONFLICT', 'This model is not verified. Verify its file before it is put on a drone.');
}

async function filesIn(folder: string): ReturnType<ModelDesk['files']> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = (await readdir(folder)).sort();
  const of = ({ name }: FileKind): string[] => names.filter((each) => name.test(each)).slice(0, MOST_FILES);
  return { folder, names: of(MODEL), goldenNames: of(GOLDEN) };
}

async function fileOf(
  folder: string,
  source: ModelSource,
  { name, example, largestBytes }: FileKind,
): Promise<Uint8Array> {
  if (source.kind === 'READ') return source.bytes;
  if (source.kind === 'BYTES') return Buffer.from(source.base64, 'base64');
  if (!name.test(source.name))
    throw new Refusal('INVALID_INPUT', `The file must lie in the model folder and be named like ${example}.`);
  const path = join(folder, source.name);
  const found = await lstat(path).catch(() => null);
  if (found === null) throw new Refusal('NOT_FOUND', `There is no ${source.name} in ${folder}.`);
  // A link could lead anywhere; what is not a plain file may never end.
  if (!found.isFile())
    throw new Refusal('INVALID_INPUT', `${source.name} is no plain file. Copy the file itself.`);
  if (found.size > largestBytes)
    throw new Refusal(
      'INVALID_INPUT',
      `${source.name} has ${Math.round(found.size / 1024 / 1024)} MB. At most ${largestBytes / 1024 / 1024} MB can be verified here.`,
    );
  return readFile(path);
}
