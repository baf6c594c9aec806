import { z } from 'zod';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { GoldenComparison } from '../../../preload/contract/models.ts';
import type { Tensor, Tensors } from './worker-protocol.ts';

/** What a model's maker says it gives: docs/golden-files.md tells the format. */
export interface GoldenFile {
  /** Of the model that it was made with. */
  readonly sha256: string;
  readonly cases: readonly GoldenCase[];
}

export interface GoldenCase {
  readonly name: string;
  readonly inputs: Tensors;
  readonly outputs: Readonly<Record<string, GoldenOutput>>;
}

interface GoldenOutput {
  readonly tensor: Tensor;
  readonly absolute: number;
  readonly relative: number;
}

export const LARGEST_GOLDEN_BYTES = 64 * 1024 * 1024;
const MAGIC = 'SRGOLD1\n';
const LENGTH_BYTES = 4;
const LARGEST_HEADER_BYTES = 256 * 1024;
const FLOAT_BYTES = 4;
const MOST_CASES = 64;
const MOST_TENSORS = 8;

const name = z.string().min(1).max(100);
const tensorPlace = {
  dims: z.array(z.number().int().min(1).max(1_000_000)).max(8),
  /** In bytes, from the end of the header. */
  offset: z.number().int().min(0).multipleOf(FLOAT_BYTES),
};
const tolerance = z.number().min(0).max(1e6);
const few = <Value extends z.ZodType>(value: Value) =>
  z
    .record(name, value)
    .refine((all) => Object.keys(all).length >= 1 && Object.keys(all).length <= MOST_TENSORS);
const header = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  cases: z
    .array(
      z.object({
        name,
        inputs: few(z.object(tensorPlace)),
        outputs: few(z.object({ ...tensorPlace, absolute: tolerance, relative: tolerance })),
      }),
    )
    .min(1)
    .max(MOST_CASES),
});

/** Refuses (INVALID_INPUT) what is none, is cut off, or says of itself what cannot be. Nothing is copied before. */
export function readGoldenFile(file: Uint8Array): GoldenFile {
  if (file.length > LARGEST_GOLDEN_BYTES)
    throw broken(`It is larger than ${LARGEST_GOLDEN_BYTES / 1024 / 1024} MB.`);
  const start = MAGIC.length + LENGTH_BYTES;
  if (file.length < start || Buffer.from(file.subarray(0, MAGIC.length)).toString('latin1') !== MAGIC)
    throw broken('It does not begin as such a file does.');
  const length = new DataView(file.buffer, file.byteOffset).getUint32(MAGIC.length, true);
  if (length > LARGEST_HEADER_BYTES || start + length > file.length) throw broken('It is cut off.');
  const { sha256, cases } = headerOf(file.subarray(start, start + length));
  const data = file.subarray(start + length);
  return {
    sha256,
    cases: cases.map((each) => ({
      name: each.name,
      inputs: mapped(each.inputs, (place) => tensorAt(data, place)),
      outputs: mapped(each.outputs, ({ absolute, relative, ...place }) => ({
        ...{ tensor: tensorAt(data, place), absolute, relative },
      })),
    })),
  };
}

/** What a model gave for a case against what its maker says, output by output. */
export function compareWithGolden(
  { name: caseName, outputs }: GoldenCase,
  given: Tensors,
): GoldenComparison[] {
  return Object.entries(outputs).map(([output, golden]) => {
    const common = { caseName, output, numbers: golden.tensor.data.length };
    const found = given[output];
    if (found === undefined)
      return {
        ...common,
        differing: common.numbers,
        largest: null,
        sentence: 'The model has no such output.',
      };
    if (found.dims.join() !== golden.tensor.dims.join()) {
      const shapes = `[${found.dims.join(', ')}] in the place of [${golden.tensor.dims.join(', ')}]`;
      return { ...common, differing: common.numbers, largest: null, sentence: `The model gives ${shapes}.` };
    }
    return { ...common, ...differenceOf(found.data, golden) };
  });
}

function differenceOf(
  found: Float32Array,
  { tensor, absolute, relative }: GoldenOutput,
): Pick<GoldenComparison, 'differing' | 'largest' | 'sentence'> {
  let differing = 0;
  let largest = 0;
  for (let index = 0; index < tensor.data.length; index++) {
    const wanted = tensor.data[index] ?? Number.NaN;
    const difference = Math.abs((found[index] ?? Number.NaN) - wanted);
    // What is no number differs, however far from anything it is.
    if (!(difference <= absolute + relative * Math.abs(wanted))) differing += 1;
    largest = difference > largest || Number.isNaN(difference) ? difference : largest;
  }
  if (differing === 0) return { differing, largest, sentence: null };
  const told = Number.isFinite(largest) ? `by up to ${largest.toPrecision(3)}` : 'some are no numbers';
  return {
    ...{ differing, largest: Number.isFinite(largest) ? largest : null },
    sentence: `${differing} of ${tensor.data.length} numbers differ, ${told} (allowed: ${absolute} and ${(100 * relative).toPrecision(2)} %).`,
  };
}

function headerOf(bytes: Uint8Array): z.infer<typeof header> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw broken('Its header is no JSON.');
  }
  const parsed = header.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw broken(`Its header is wrong at ${issue?.path.join('.') || 'its beginning'}.`);
}

function tensorAt(data: Uint8Array, { dims, offset }: { dims: number[]; offset: number }): Tensor {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const end = offset + count * FLOAT_BYTES;
  if (end > data.length) throw broken('It holds fewer numbers than its header says: it is cut off.');
  // A copy: the file may lie at any place in memory, floats may not.
  return { dims, data: new Float32Array(Uint8Array.from(data.subarray(offset, end)).buffer) };
}

function mapped<Value, Made>(
  record: Readonly<Record<string, Value>>,
  make: (value: Value) => Made,
): Record<string, Made> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, make(value)]));
}

function broken(why: string): Refusal {
  return new Refusal(
    'INVALID_INPUT',
    `The golden file cannot be used. ${why} Ask the model’s maker for it again.`,
  );
}
