import { expect, it } from 'vitest';
import { compareWithGolden, readGoldenFile } from '../../../main/station/inference/golden-file.ts';
import { goldenBytes, goldenFile } from '../../support/golden-file.ts';

const MODEL = Buffer.from('any model');
const tensor = (...data: number[]) => ({ dims: [data.length], data: Float32Array.from(data) });
const whole = goldenFile(MODEL, [
  { name: 'one', inputs: { in: tensor(1, 2) }, outputs: { out: tensor(3, -4), second: tensor(5) } },
]);

it('reads what was written, wherever the file lies in memory', () => {
  for (const before of [0, 1, 3]) {
    const file = Buffer.concat([Buffer.alloc(before), whole]).subarray(before);
    const [first] = readGoldenFile(file).cases;
    expect(first).toMatchObject({ name: 'one', inputs: { in: { dims: [2] } } });
    expect([...(first?.outputs.out?.tensor.data ?? [])]).toEqual([3, -4]);
  }
});

it('refuses a file that is cut off at any byte, and one that is none', () => {
  for (let length = 0; length < whole.length; length++)
    expect(() => readGoldenFile(whole.subarray(0, length)), `${length} bytes`).toThrow(
      /golden file cannot be used/,
    );
  expect(() => readGoldenFile(Buffer.from('%PDF-1.7 and so on'))).toThrow(/does not begin/);
});

it.each([
  ['no JSON', '{', /no JSON/],
  ['no cases', { sha256: 'a'.repeat(64), cases: [] }, /wrong at cases/],
  ['a hash that is none', { sha256: 'abc', cases: [] }, /wrong at sha256/],
  ['a negative place', oneCase({ dims: [1], offset: -4 }), /wrong at cases.0.inputs/],
  ['a place between floats', oneCase({ dims: [1], offset: 2 }), /wrong at cases.0.inputs/],
  ['more than there is', oneCase({ dims: [1_000_000, 1_000_000], offset: 0 }), /fewer numbers/],
  ['absurd dimensions', oneCase({ dims: [1e9], offset: 0 }), /wrong at cases.0.inputs/],
  ['no numbers', oneCase({ dims: [0], offset: 0 }), /wrong at cases.0.inputs/],
])('refuses a header with %s', (_, header, sentence) => {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  expect(() => readGoldenFile(goldenBytes(text, Buffer.alloc(16)))).toThrow(sentence);
});

function oneCase(input: { dims: number[]; offset: number }) {
  const outputs = { out: { dims: [1], offset: 0, absolute: 0, relative: 0 } };
  return { sha256: 'a'.repeat(64), cases: [{ name: 'one', inputs: { in: input }, outputs }] };
}

it('tells each output: within tolerance, beyond it, no number, another shape, missing', () => {
  const [golden] = readGoldenFile(whole).cases;
  if (golden === undefined) throw new Error('There is no case.');
  const told = (out: ReturnType<typeof tensor>) =>
    compareWithGolden(golden, { out, second: tensor(5) }).map(({ differing, sentence }) => [
      differing,
      sentence,
    ]);
  expect(told(tensor(3.003, -4.004))).toEqual([
    [0, null],
    [0, null],
  ]);
  expect(told(tensor(3.1, -4))[0]).toEqual([
    1,
    expect.stringMatching(/^1 of 2 numbers differ, by up to 0.100/),
  ]);
  expect(told(tensor(Number.NaN, -4))[0]).toEqual([1, expect.stringMatching(/some are no numbers/)]);
  expect(told(tensor(3))[0]).toEqual([2, 'The model gives [1] in the place of [2].']);
  expect(compareWithGolden(golden, {})).toMatchObject([
    { output: 'out', sentence: 'The model has no such output.' },
    { output: 'second', largest: null },
  ]);
});
