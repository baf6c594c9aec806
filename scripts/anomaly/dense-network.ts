import { gaussian, type Random } from '../../main/simulator/random.ts';

/** One dense layer: `weights` is inputs × outputs, row by row. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly biases: Float64Array;
}

const BATCH = 64;
const NOTHING = new Float64Array();
const ADAM = { rate: 0.002, decay1: 0.9, decay2: 0.999, epsilon: 1e-8 };
/** Puts the slope of the loss for each output into `slopes`; returns the loss. */
export type Loss = (outputs: Float64Array, target: Float64Array, slopes: Float64Array) => number;

/** A network of dense layers, tanh between them and none after the last. */
export class DenseNetwork {
  readonly layers: readonly Layer[];
  readonly #moments: readonly { first: Float64Array; second: Float64Array; gradient: Float64Array }[];
  readonly #values: Float64Array[];
  readonly #errors: Float64Array[];
  #steps = 0;

  constructor(sizes: readonly number[], random: Random) {
    this.layers = sizes.slice(1).map((outputs, index) => {
      const inputs = sizes[index] ?? 0;
      const scale = Math.sqrt(1 / inputs);
      const weights = Float64Array.from({ length: inputs * outputs }, () => scale * gaussian(random));
      return { inputs, outputs, weights, biases: new Float64Array(outputs) };
    });
    this.#moments = this.layers.flatMap(({ weights, biases }) =>
      [weights.length, biases.length].map((length) => ({
        first: new Float64Array(length),
        second: new Float64Array(length),
        gradient: new Float64Array(length),
      })),
    );
    this.#values = sizes.map((size) => new Float64Array(size));
    this.#errors = sizes.map((size) => new Float64Array(size));
  }

  /** Returns the mean loss of each epoch. The learning rate falls along a half cosine to nothing. */
  train(
    inputs: readonly Float64Array[],
    targets: readonly Float64Array[],
    options: { epochs: number; loss: Loss; random: Random },
  ): number[] {
    const order = inputs.map((_, index) => index);
    return Array.from({ length: options.epochs }, (_, epoch) => {
      shuffle(order, options.random);
      const rate = (ADAM.rate * (1 + Math.cos((Math.PI * epoch) / options.epochs))) / 2;
      let total = 0;
      order.forEach((row, index) => {
        total += this.#learn(inputs[row] ?? NOTHING, targets[row] ?? NOTHING, options.loss);
        if (index % BATCH === BATCH - 1 || index === order.length - 1)
          this.#update((index % BATCH) + 1, rate);
      });
      return total / inputs.length;
    });
  }

  /** The outputs for one row. The array is used again by the next call. */
  run(row: ArrayLike<number>): Float64Array {
    this.#values[0]?.set(row);
    return this.#forward();
  }

  #forward(): Float64Array {
    this.layers.forEach(({ inputs, outputs, weights, biases }, index) => {
      const from = this.#value(index);
      const to = this.#value(index + 1);
      const last = index === this.layers.length - 1;
      for (let output = 0; output < outputs; output++) {
        let sum = biases[output] ?? 0;
        for (let input = 0; input < inputs; input++)
          sum += (from[input] ?? 0) * (weights[input * outputs + output] ?? 0);
        to[output] = last ? sum : Math.tanh(sum);
      }
    });
    return this.#value(this.layers.length);
  }

  /** Adds the gradient of one row; returns its loss. */
  #learn(input: Float64Array, target: Float64Array, loss: Loss): number {
    const value = loss(this.run(input), target, this.#error(this.layers.length));
    for (let index = this.layers.length - 1; index >= 0; index--) this.#backward(index);
    return value;
  }

  #backward(index: number): void {
    const { inputs, outputs, weights } = this.layers[index] as Layer;
    const from = this.#value(index);
    const error = this.#error(index + 1);
    const before = this.#error(index);
    const weightGradient = this.#moments[2 * index]?.gradient ?? NOTHING;
    const biasGradient = this.#moments[2 * index + 1]?.gradient ?? NOTHING;
    for (let output = 0; output < outputs; output++)
      biasGradient[output] = (biasGradient[output] ?? 0) + (error[output] ?? 0);
    for (let input = 0; input < inputs; input++) {
      const value = from[input] ?? 0;
      let sum = 0;
      for (let output = 0; output < outputs; output++) {
        const at = input * outputs + output;
        const part = error[output] ?? 0;
        weightGradient[at] = (weightGradient[at] ?? 0) + value * part;
        sum += (weights[at] ?? 0) * part;
      }
      before[input] = sum * (1 - value * value);
    }
  }

  /** Adam (Kingma and Ba 2015, algorithm 1) on the mean gradient of the batch. */
  #update(count: number, baseRate: number): void {
    this.#steps += 1;
    const rate = (baseRate * Math.sqrt(1 - ADAM.decay2 ** this.#steps)) / (1 - ADAM.decay1 ** this.#steps);
    const parameters = this.layers.flatMap(({ weights, biases }) => [weights, biases]);
    parameters.forEach((values, index) => {
      const moments = this.#moments[index];
      if (moments === undefined) return;
      const { first, second, gradient } = moments;
      for (let at = 0; at < values.length; at++) {
        const slope = (gradient[at] ?? 0) / count;
        first[at] = ADAM.decay1 * (first[at] ?? 0) + (1 - ADAM.decay1) * slope;
        second[at] = ADAM.decay2 * (second[at] ?? 0) + (1 - ADAM.decay2) * slope * slope;
        values[at] =
          (values[at] ?? 0) - (rate * (first[at] ?? 0)) / (Math.sqrt(second[at] ?? 0) + ADAM.epsilon);
      }
      gradient.fill(0);
    });
  }

  #value(index: number): Float64Array {
    return this.#values[index] ?? NOTHING;
  }

  #error(index: number): Float64Array {
    return this.#errors[index] ?? NOTHING;
  }
}

function shuffle(order: number[], random: Random): void {
  for (let index = order.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const value = order[index] ?? 0;
    order[index] = order[other] ?? 0;
    order[other] = value;
  }
}
