import { expect, it } from 'vitest';
import { inspectModel } from '../../../main/station/inference/onnx/inspect-model.ts';
import { ModelRefused } from '../../../main/station/inference/onnx/model-refused.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import type { ModelFault } from '../../../preload/contract/models.ts';
import type { OnnxNode } from '../../../scripts/onnx-writer.ts';
import { brightnessDetector, model } from '../../support/small-models.ts';

const identity: OnnxNode = { operator: 'Identity', inputs: ['images'], outputs: ['output'] };
const plain = (nodes: readonly OnnxNode[] = [identity]): Uint8Array => model(nodes, [], [1, 3, 64, 64]);

/** A field of protobuf that holds bytes, appended to a message: the last of its kind counts. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  const key = (number << 3) | 2;
  return Buffer.concat([
    Buffer.from(key > 127 ? [(key & 127) | 128, key >> 7] : [key]),
    Buffer.from(length),
    bytes,
  ]);
}
const number = (id: number, value: number): Uint8Array => Buffer.from([id << 3, value]);
const text = (id: number, value: string): Uint8Array => field(id, Buffer.from(value));
const join = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);
/** A whole model whose graph holds these fields alone. */
const graphOf = (...fields: Uint8Array[]): Uint8Array =>
  join(number(1, 10), text(2, 'somebody-else'), field(7, join(...fields)));

function faultOf(file: Uint8Array, largestBytes?: number): ModelFault | null {
  try {
    inspectModel(file, largestBytes);
    return null;
  } catch (error) {
    if (!(error instanceof ModelRefused)) throw error;
    expect(error.message).toMatch(/^[A-Z].+\.$/);
    return error.fault;
  }
}

it('reads inputs, outputs and sizes of a whole model', () => {
  expect(inspectModel(brightnessDetector())).toEqual({
    inputs: [{ name: 'images', dims: [1, 3, 64, 64] }],
    outputs: [{ name: 'output', dims: [1, 5, 16] }],
    operators: 4,
    parameters: 3 + 64,
  });
});

it('knows a free dimension from a given one', () => {
  const outline = inspectModel(model([identity], [], [1, 3, 64, 64], ['batch', 3, 64, 64]));
  expect(outline.inputs[0]?.dims).toEqual([null, 3, 64, 64]);
});

it('refuses a file that is too large, empty, of something else', () => {
  expect(faultOf(plain(), 100)).toBe('TOO_LARGE');
  expect(faultOf(new Uint8Array())).toBe('TRUNCATED');
  expect(faultOf(Buffer.from('<!doctype html><title>404</title>'))).not.toBeNull();
  expect(faultOf(join(number(1, 10), text(2, 'a producer and no graph')))).toBe('NOT_ONNX');
});

it('refuses a model that is cut anywhere', () => {
  const whole = brightnessDetector();
  for (let length = 0; length < whole.length; length++) {
    const fault = faultOf(whole.subarray(0, length));
    // The very end of the file names the operator set: without it the graph is still whole.
    if (length < whole.length - 10) expect(fault, `cut at ${length}`).not.toBeNull();
  }
});

it('never hangs or throws anything else on files with random damage', () => {
  const random = seededRandom(7);
  const whole = brightnessDetector();
  for (let round = 0; round < 3_000; round++) {
    const damaged = Uint8Array.from(whole);
    for (let flips = 0; flips < 4; flips++)
      damaged[Math.floor(random.next() * damaged.length)] = Math.floor(random.next() * 256);
    faultOf(damaged);
  }
});

it('refuses weights in another file', () => {
  const entry = join(text(1, 'location'), text(2, '../../etc/passwd'));
  const tensor = join(number(1, 4), number(2, 1), text(8, 'w'), field(13, entry), number(14, 1));
  expect(faultOf(graphOf(field(5, tensor)))).toBe('EXTERNAL_DATA');
  // In an attribute of a node as well.
  const node = join(text(4, 'Constant'), field(5, join(text(1, 'value'), field(5, tensor))));
  expect(faultOf(graphOf(field(1, node)))).toBe('EXTERNAL_DATA');
});

it("refuses operators that are not the standard's own", () => {
  expect(faultOf(plain([{ ...identity, domain: 'com.somebody' }]))).toBe('CUSTOM_OPERATOR');
  expect(faultOf(join(plain(), field(8, text(1, 'ai.onnx.contrib'))))).toBe('CUSTOM_OPERATOR');
  expect(faultOf(join(plain(), field(25, text(1, 'own'))))).toBe('CUSTOM_OPERATOR');
});

it('refuses shapes that nobody means', () => {
  const huge = [1, 3, 60_000, 60_000];
  expect(faultOf(model([identity], [], [1], huge))).toBe('ABSURD_SHAPE');
  expect(faultOf(model([identity], [], [1], [1, 3, -5, 4]))).toBe('ABSURD_SHAPE');
  expect(faultOf(model([identity], [], [1], Array<number>(40).fill(1)))).toBe('ABSURD_SHAPE');
  const lying = { name: 'w', dims: [1_000, 1_000], data: new Float32Array(4) };
  expect(faultOf(model([identity], [lying], [1]))).toBe('ABSURD_SHAPE');
  const packed = join(field(1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f])), number(2, 1));
  expect(faultOf(graphOf(field(5, packed)))).toBe('ABSURD_SHAPE');
});

it('refuses graphs in graphs in graphs', () => {
  let graph: Uint8Array = field(1, text(4, 'Identity'));
  for (let depth = 0; depth < 30; depth++)
    graph = field(1, join(text(4, 'If'), field(5, join(text(1, 'then'), field(6, graph)))));
  expect(faultOf(graphOf(graph))).toBe('TOO_DEEP');
});

it('refuses more operators than any drone runs', () => {
  expect(faultOf(plain(Array<OnnxNode>(20_001).fill(identity)))).toBe('TOO_COMPLEX');
});
