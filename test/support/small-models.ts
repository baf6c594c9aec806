import { type OnnxNode, type OnnxTensor, writeOnnxModel } from '../../scripts/onnx-writer.ts';

/** Models that are small enough to know by heart: what they must give follows from how they are made. */

export const SIDE = 64;
const CELL = 16;
const CELLS = SIDE / CELL;

const brightness: readonly OnnxNode[] = [
  {
    operator: 'ReduceMean',
    inputs: ['images'],
    outputs: ['grey'],
    attributes: { axes: { ints: [1] }, keepdims: { int: 1 } },
  },
  {
    operator: 'AveragePool',
    inputs: ['grey'],
    outputs: ['cells'],
    attributes: { kernel_shape: { ints: [CELL, CELL] }, strides: { ints: [CELL, CELL] } },
  },
];

/** Finds what is bright: one box of one cell for each of 4 × 4 cells, its confidence the cell's mean brightness. */
export function brightnessDetector(): Uint8Array {
  const boxes = new Float32Array(4 * CELLS * CELLS);
  for (let cell = 0; cell < CELLS * CELLS; cell++) {
    boxes[cell] = ((cell % CELLS) + 0.5) * CELL;
    boxes[CELLS * CELLS + cell] = (Math.floor(cell / CELLS) + 0.5) * CELL;
    boxes[2 * CELLS * CELLS + cell] = CELL;
    boxes[3 * CELLS * CELLS + cell] = CELL;
  }
  return model(
    [
      ...brightness,
      { operator: 'Reshape', inputs: ['cells', 'row'], outputs: ['confidence'] },
      {
        operator: 'Concat',
        inputs: ['boxes', 'confidence'],
        outputs: ['output'],
        attributes: { axis: { int: 1 } },
      },
    ],
    [
      { name: 'row', dims: [3], data: BigInt64Array.from([1n, 1n, BigInt(CELLS * CELLS)]) },
      { name: 'boxes', dims: [1, 4, CELLS * CELLS], data: boxes },
    ],
    [1, 5, CELLS * CELLS],
  );
}

/** Holds what is dark for clear ground: each of 4 × 4 patches scores 1 less its mean brightness, times `gain`. */
export function darknessScorer(gain = 1): Uint8Array {
  return model(
    [
      ...brightness,
      { operator: 'Sub', inputs: ['one', 'cells'], outputs: ['dark'] },
      { operator: 'Mul', inputs: ['dark', 'gain'], outputs: ['output'] },
    ],
    [
      { name: 'one', dims: [], data: Float32Array.of(1) },
      { name: 'gain', dims: [], data: Float32Array.of(gain) },
    ],
    [1, 1, CELLS, CELLS],
  );
}

/** Takes the image and computes for as good as ever: a multiplication of large matrices again and again. */
export function endlessModel(size = 2_048, times = 400): Uint8Array {
  const products = Array.from(
    { length: times },
    (_, index): OnnxNode => ({
      operator: 'MatMul',
      inputs: [index === 0 ? 'large' : `product${index - 1}`, 'large'],
      outputs: [`product${index}`],
    }),
  );
  return model(
    [
      {
        operator: 'ReduceMean',
        inputs: ['images'],
        outputs: ['level'],
        attributes: { keepdims: { int: 0 } },
      },
      { operator: 'Expand', inputs: ['level', 'shape'], outputs: ['large'] },
      ...products,
      {
        operator: 'ReduceMean',
        inputs: [`product${times - 1}`],
        outputs: ['mean'],
        attributes: { keepdims: { int: 0 } },
      },
      { operator: 'Reshape', inputs: ['mean', 'grid'], outputs: ['output'] },
    ],
    [
      { name: 'shape', dims: [2], data: BigInt64Array.from([BigInt(size), BigInt(size)]) },
      { name: 'grid', dims: [4], data: BigInt64Array.from([1n, 1n, 1n, 1n]) },
    ],
    [1, 1, 1, 1],
  );
}

export function model(
  nodes: readonly OnnxNode[],
  initializers: readonly OnnxTensor[],
  outputDims: readonly number[],
  inputDims: readonly (number | string)[] = [1, 3, SIDE, SIDE],
): Uint8Array {
  return writeOnnxModel({
    name: 'small',
    inputs: [{ name: 'images', dims: inputDims }],
    outputs: [{ name: 'output', dims: outputDims }],
    nodes,
    initializers,
  });
}
