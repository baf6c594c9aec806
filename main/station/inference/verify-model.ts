import { createHash } from 'node:crypto';
import { Refusal } from '../../../preload/contract/errors.ts';
import type {
  GoldenComparison,
  GoldenOutcome,
  ModelFault,
  ModelType,
} from '../../../preload/contract/models.ts';
import { compareWithGolden, type GoldenFile } from './golden-file.ts';
import { goldenScenes } from './golden-scenes.ts';
import { letterbox } from './image.ts';
import type { StartModelProcess } from './model-process.ts';
import { type ModelRuntime, startRuntime } from './model-runtime.ts';
import { inspectModel } from './onnx/inspect-model.ts';
import { ModelRefused } from './onnx/model-refused.ts';
import { imageInputOf, PIPELINES } from './pipelines.ts';

/** What was recorded when a version was verified first. */
export interface RecordedModel {
  readonly sha256: string;
  readonly outcomes: readonly GoldenOutcome[];
  readonly latencyMs: number;
}

export interface VerificationResult {
  readonly sha256: string;
  /** Null: verified. */
  readonly fault: ModelFault | null;
  readonly sentence: string;
  readonly outcomes: GoldenOutcome[];
  readonly latencyMs: number | null;
  readonly golden: GoldenComparison[];
}

export interface VerifyOptions {
  startProcess: StartModelProcess;
  /** For tests: how long loading and one run may take, and how much memory. */
  limits?: { loadWithinMs: number; runWithinMs: number; memoryLimitBytes: number };
}

const LIMITS = { loadWithinMs: 60_000, runWithinMs: 20_000, memoryLimitBytes: 2 * 2 ** 30 };
/** Numbers of a pipeline are shares of one: processors round differently, models do not. */
const TOLERANCE = 0.02;
const MOST_NAMED = 3;
const SLOWER_TIMES = 3;
/** Below this, another program on the machine makes more of a difference than the model. */
const SLOWER_AT_LEAST_MS = 50;

/**
 * Inspects, hashes, loads and runs a model file on the golden scenes, in a process of its own, and compares what comes
 * out with what was recorded and with what its maker says. Never throws for what is wrong with the file; refuses
 * (INVALID_INPUT) a golden file of another model.
 */
export async function verifyModel(
  file: Uint8Array,
  type: ModelType,
  recorded: RecordedModel | null,
  options: VerifyOptions,
  golden: GoldenFile | null = null,
): Promise<VerificationResult> {
  const sha256 = createHash('sha256').update(file).digest('hex');
  if (golden !== null && golden.sha256 !== sha256)
    throw new Refusal(
      'INVALID_INPUT',
      'The golden file belongs to another model file: their SHA-256 differ. Choose the two that belong together.',
    );
  const result = {
    ...{ sha256, outcomes: [] as GoldenOutcome[], latencyMs: null as number | null },
    golden: [] as GoldenComparison[],
  };
  try {
    const input = imageInputOf(inspectModel(file));
    if (recorded !== null && recorded.sha256 !== sha256)
      throw new ModelRefused(
        'HASH_DIFFERS',
        'Another file was verified under this version. Give the new file a version of its own.',
      );
    const runtime = await startRuntime(file, { ...options, ...(options.limits ?? LIMITS) });
    try {
      const ran = await runScenes(runtime, input, type);
      result.outcomes = ran.outcomes;
      result.latencyMs = ran.latencyMs;
      if (golden !== null) result.golden = await runGolden(runtime, golden);
    } finally {
      await runtime.close();
    }
    requireGolden(result.golden);
    if (recorded !== null) compare(result.outcomes, result.latencyMs, recorded);
  } catch (error) {
    if (!(error instanceof ModelRefused)) throw error;
    return { ...result, fault: error.fault, sentence: error.message };
  }
  const asMade = golden === null ? '' : ' It gives what its maker’s golden file says.';
  const sentence =
    recorded === null
      ? 'Verified. Nothing was recorded for this version before: what it gives is recorded now.'
      : 'Verified. It is the recorded file and gives what was recorded.';
  return { ...result, fault: null, sentence: `${sentence}${asMade}` };
}

async function runGolden(runtime: ModelRuntime, { cases }: GoldenFile): Promise<GoldenComparison[]> {
  const compared: GoldenComparison[] = [];
  for (const each of cases) {
    const { outputs } = await runtime.run(each.inputs);
    compared.push(...compareWithGolden(each, outputs));
  }
  return compared;
}

function requireGolden(compared: readonly GoldenComparison[]): void {
  const wrong = compared.filter(({ sentence }) => sentence !== null);
  if (wrong.length === 0) return;
  const named = wrong
    .slice(0, MOST_NAMED)
    .map(({ caseName, output, sentence }) => `“${output}” of “${caseName}”: ${sentence}`);
  const more = wrong.length > MOST_NAMED ? ` So do ${wrong.length - MOST_NAMED} more.` : '';
  throw new ModelRefused(
    'GOLDEN_DIFFERS',
    `The model does not give what its maker’s golden file says. ${named.join(' ')}${more}`,
  );
}

async function runScenes(
  runtime: ModelRuntime,
  { name, side }: { name: string; side: number },
  type: ModelType,
): Promise<{ outcomes: GoldenOutcome[]; latencyMs: number }> {
  const outcomes: GoldenOutcome[] = [];
  const durations: number[] = [];
  for (const scene of goldenScenes()) {
    const box = letterbox(scene.image, side);
    const inputs = { [name]: { dims: [1, 3, side, side], data: box.planes } };
    // The first run of a model prepares its memory.
    if (outcomes.length === 0) await runtime.run(inputs);
    const { outputs, durationMs } = await runtime.run(inputs);
    const [output] = Object.values(outputs);
    if (output === undefined) throw new ModelRefused('NONSENSE', 'The model gives nothing out.');
    outcomes.push({ scene: scene.name, numbers: PIPELINES[type](output, box, scene.image.width) });
    durations.push(durationMs);
  }
  durations.sort((a, b) => a - b);
  return { outcomes, latencyMs: durations[durations.length >> 1] ?? 0 };
}

function compare(outcomes: readonly GoldenOutcome[], latencyMs: number, recorded: RecordedModel): void {
  const different = recorded.outcomes.find(({ scene, numbers }) => {
    const now = outcomes.find((outcome) => outcome.scene === scene)?.numbers ?? [];
    return (
      now.length !== numbers.length ||
      numbers.some((value, index) => !(Math.abs(value - (now[index] ?? Number.NaN)) <= TOLERANCE))
    );
  });
  if (different !== undefined)
    throw new ModelRefused(
      'OUTPUT_DIFFERS',
      `On "${different.scene}" the model does not give what was recorded. Do not put it on a drone until that is explained.`,
    );
  if (latencyMs > SLOWER_TIMES * recorded.latencyMs && latencyMs > recorded.latencyMs + SLOWER_AT_LEAST_MS)
    throw new ModelRefused(
      'TOO_SLOW',
      `The model took ${latencyMs.toFixed(0)} ms a scene; ${recorded.latencyMs.toFixed(0)} ms were recorded. Try again when the station is idle.`,
    );
}
