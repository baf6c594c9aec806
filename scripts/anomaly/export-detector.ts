import {
  CHANNELS,
  COMPARISONS,
  type ComparedWith,
  FEATURES,
  TENSORS,
} from '../../main/station/inference/window-features.ts';
import { type OnnxNode, type OnnxTensor, writeOnnxModel } from '../onnx-writer.ts';
import { CHANNEL_RESIDUALS } from './detector.ts';
import type { LimitedComparer } from './scores.ts';

/**
 * The detector as ONNX. Inputs: `features`, `beginning` and `earlier`, all [N, features]. Outputs: `beginningChannels`
 * and `earlierChannels`, both [N, channels of that comparison], where 1 is the limit.
 */
export function detectorAsOnnx(parts: Readonly<Record<ComparedWith, LimitedComparer>>): Uint8Array {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const outputs = COMPARISONS.map((comparison) => {
    const reference = TENSORS[comparison].input;
    const graph = new GraphBuilder(reference);
    const name = addComparison(graph, parts[comparison], reference);
    nodes.push(...graph.nodes);
    initializers.push(...graph.initializers);
    return { name, dims: ['N', parts[comparison].names.length] as const };
  });
  return writeOnnxModel({
    name: 'telemetry-anomaly',
    inputs: ['features', ...COMPARISONS.map((comparison) => TENSORS[comparison].input)].map((name) => ({
      name,
      dims: ['N', FEATURES.length],
    })),
    ...{ outputs, nodes, initializers },
  });
}

/** Gives the name of its output. */
function addComparison(
  graph: GraphBuilder,
  { by, names, limits }: LimitedComparer,
  reference: string,
): string {
  const { detector } = by;
  const { context, health, bounds } = detector;
  const { add, constant, indices, clip } = graph;
  const row = (name: string, values: Float64Array): string => constant(name, [1, values.length], values);
  const means = row('means', detector.means);
  const deviations = row('deviations', detector.deviations);
  const contextIndices = indices('contextIndices', context);
  const contexts = ['features', reference].map((input) => {
    const standard = add(
      'Div',
      [add('Sub', [input, means], `${input}Centred`), deviations],
      `${input}Standard`,
    );
    const own = add('Gather', [standard, contextIndices], `${input}ContextAll`, 1);
    return clip(own, -bounds.context, bounds.context, `${input}Context`);
  });
  let value = add('Concat', contexts, 'context', 1);
  detector.layers.forEach(({ inputs, outputs, weights, biases }, index) => {
    const product = add(
      'MatMul',
      [value, constant(`weights${index}`, [inputs, outputs], weights)],
      `product${index}`,
    );
    value = add('Add', [product, row(`biases${index}`, biases)], `sum${index}`);
    if (index < detector.layers.length - 1) value = add('Tanh', [value], `tanh${index}`);
  });
  const count = health.length;
  const expected = add('Gather', [value, indices('expectedIndices', range(0, count))], 'expected', 1);
  const logScale = add('Gather', [value, indices('scaleIndices', range(count, count))], 'logScaleAll', 1);
  const scale = add('Exp', [clip(logScale, bounds.logScaleLow, bounds.logScaleHigh, 'logScale')], 'scale');
  const difference = add('Sub', ['features', reference], 'difference');
  const change = add('Gather', [difference, indices('healthIndices', health)], 'change', 1);
  const centred = add('Sub', [change, row('changeMeans', detector.changeMeans)], 'changeCentred');
  const measured = add('Div', [centred, row('changeDeviations', detector.changeDeviations)], 'measured');
  const surprise = add('Div', [add('Sub', [measured, expected], 'unexplained'), scale], 'surpriseAll');
  const bounded = clip(surprise, -bounds.residual, bounds.residual, 'surprise');
  const residuals = add('Div', [bounded, row('ordinary', detector.ordinary)], 'residuals');
  const squares = add('Mul', [residuals, residuals], 'squares');
  const groups = constant('groups', [count, limits.length], groupWeights(count, names, limits));
  return add('Sqrt', [add('MatMul', [squares, groups], 'squaredLengths')], 'channels');
}

/** Collects operators and constants; each method gives the name of what it adds, made of the builder's and its own. */
class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  readonly constant = (own: string, dims: readonly number[], values: Iterable<number>): string => {
    const name = this.#named(own);
    this.initializers.push({ name, dims, data: Float32Array.from(values) });
    return name;
  };

  readonly indices = (own: string, values: readonly number[]): string => {
    const name = this.#named(own);
    this.initializers.push({ name, dims: [values.length], data: BigInt64Array.from(values, BigInt) });
    return name;
  };

  readonly add = (operator: string, inputs: readonly string[], own: string, axis?: number): string => {
    const output = this.#named(own);
    const attributes = axis === undefined ? {} : { attributes: { axis: { int: axis } } };
    this.nodes.push({ operator, inputs, outputs: [output], ...attributes });
    return output;
  };

  readonly clip = (input: string, low: number, high: number, output: string): string => {
    const limits = [this.constant(`${output}Low`, [], [low]), this.constant(`${output}High`, [], [high])];
    return this.add('Clip', [input, ...limits], output);
  };

  #named(own: string): string {
    return `${this.#prefix}${own.charAt(0).toUpperCase()}${own.slice(1)}`;
  }
}

/** Makes of squared residuals their sum by channel, in units of the channel's squared limit. */
function groupWeights(
  count: number,
  names: LimitedComparer['names'],
  limits: readonly number[],
): Float64Array {
  const matrix = new Float64Array(count * limits.length);
  names.forEach((name, output) => {
    const channel = CHANNELS.indexOf(name);
    for (const residual of CHANNEL_RESIDUALS[channel] ?? [])
      matrix[residual * limits.length + output] = 1 / (limits[output] ?? 1) ** 2;
  });
  return matrix;
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
