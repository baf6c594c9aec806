import { ModelRefused } from './model-refused.ts';
import { type Field, ProtobufReader } from './protobuf-reader.ts';

/** A tensor that goes in or comes out. Null: a dimension that is free. */
export interface ModelValue {
  readonly name: string;
  readonly dims: readonly (number | null)[];
}

/** What a model file says of itself. */
export interface ModelOutline {
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  readonly operators: number;
  readonly parameters: number;
}

export const LARGEST_MODEL_BYTES = 256 * 1024 * 1024;
const SMALLEST_MODEL_BYTES = 16;
const MOST_OPERATORS = 20_000;
const DEEPEST_GRAPH = 4;
const MOST_DIMENSIONS = 8;
const LARGEST_DIMENSION = 65_536;
/** 64 million numbers: 256 MB as float32. */
const MOST_ELEMENTS = 1 << 26;
const LONGEST_NAME_BYTES = 2_000;
/** The standard's own operators; anything else would be code that this station does not have or does not know. */
const KNOWN_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx', 'ai.onnx.ml']);

// Field numbers of onnx.proto3 (github.com/onnx/onnx, IR version 10).
const MODEL = { graph: 7, opsetImport: 8, trainingInfo: 20, functions: 25 } as const;
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparseInitializer: 15 } as const;
const NODE = { attribute: 5, domain: 7 } as const;
const ATTRIBUTE = {
  tensor: 5,
  graph: 6,
  tensors: 10,
  graphs: 11,
  sparseTensor: 22,
  sparseTensors: 23,
} as const;
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9, externalData: 13, dataLocation: 14 } as const;
const VALUE = { name: 1, type: 2 } as const;
const TENSOR_TYPE = 1;
const SHAPE = 2;
const DIMENSION = { value: 1 } as const;
const DOMAIN = 1;
/** Bytes of one element by TensorProto.DataType; those that are packed or texts are not listed. */
const ELEMENT_BYTES: Readonly<Record<number, number>> = {
  ...{ 1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2 },
};

/**
 * Reads the outline of a model file before any runtime sees it. Bounded in size, depth and work. Throws ModelRefused
 * for what is no whole ONNX model, and for what would make a runtime read other files, run other code or take all memory.
 */
export function inspectModel(file: Uint8Array, largestBytes = LARGEST_MODEL_BYTES): ModelOutline {
  if (file.length > largestBytes)
    throw new ModelRefused(
      'TOO_LARGE',
      `The model file has ${megabytes(file.length)} MB. At most ${megabytes(largestBytes)} MB can be verified here.`,
    );
  if (file.length < SMALLEST_MODEL_BYTES)
    throw new ModelRefused('TRUNCATED', 'The model file is empty. Copy it again.');
  return new Inspection().model(file);
}

class Inspection {
  readonly #reader = new ProtobufReader();
  #operators = 0;
  #parameters = 0;

  model(file: Uint8Array): ModelOutline {
    let graph: Uint8Array | null = null;
    for (const { number, bytes } of this.#reader.fields(file)) {
      if (number === MODEL.graph) graph = bytes;
      else if (number === MODEL.opsetImport) this.#opset(bytes);
      else if (number === MODEL.functions) throw customOperator('operators that the model defines itself');
      else if (number === MODEL.trainingInfo)
        throw new ModelRefused(
          'TOO_COMPLEX',
          'The model carries its training. Export it for inference alone.',
        );
    }
    if (graph === null)
      throw new ModelRefused('NOT_ONNX', 'The file holds no model. Choose the .onnx file that was exported.');
    const { inputs, outputs } = this.#graph(graph, 1);
    if (inputs.length === 0 || outputs.length === 0 || this.#operators === 0)
      throw new ModelRefused(
        'NOT_ONNX',
        'The model takes nothing in, gives nothing out or computes nothing.',
      );
    return { inputs, outputs, operators: this.#operators, parameters: this.#parameters };
  }

  #opset(message: Uint8Array): void {
    for (const field of this.#reader.fields(message))
      if (field.number === DOMAIN) assertKnownDomain(textOf(field));
  }

  #graph(message: Uint8Array, depth: number): { inputs: ModelValue[]; outputs: ModelValue[] } {
    if (depth > DEEPEST_GRAPH)
      throw new ModelRefused(
        'TOO_DEEP',
        `The model nests graphs more than ${DEEPEST_GRAPH} deep. Export it without nested loops.`,
      );
    const inputs: ModelValue[] = [];
    const outputs: ModelValue[] = [];
    const initialized = new Set<string>();
    for (const { number, bytes } of this.#reader.fields(message)) {
      if (number === GRAPH.node) this.#node(bytes, depth);
      else if (number === GRAPH.initializer) initialized.add(this.#tensor(bytes));
      else if (number === GRAPH.sparseInitializer) this.#sparseTensor(bytes);
      else if (number === GRAPH.input) inputs.push(this.#value(bytes));
      else if (number === GRAPH.output) outputs.push(this.#value(bytes));
    }
    return { inputs: inputs.filter(({ name }) => !initialized.has(name)), outputs };
  }

  #node(message: Uint8Array, depth: number): void {
    this.#operators += 1;
    if (this.#operators > MOST_OPERATORS)
      throw new ModelRefused('TOO_COMPLEX', `The model has more than ${MOST_OPERATORS} operators.`);
    for (const field of this.#reader.fields(message)) {
      if (field.number === NODE.domain) assertKnownDomain(textOf(field));
      else if (field.number === NODE.attribute) this.#attribute(field.bytes, depth);
    }
  }

  #attribute(message: Uint8Array, depth: number): void {
    for (const { number, bytes } of this.#reader.fields(message)) {
      if (number === ATTRIBUTE.graph || number === ATTRIBUTE.graphs) this.#graph(bytes, depth + 1);
      else if (number === ATTRIBUTE.tensor || number === ATTRIBUTE.tensors) this.#tensor(bytes);
      else if (number === ATTRIBUTE.sparseTensor || number === ATTRIBUTE.sparseTensors)
        this.#sparseTensor(bytes);
    }
  }

  #sparseTensor(message: Uint8Array): void {
    // Its values and its indices are tensors; its dimensions say how large it becomes.
    let elements = 1;
    for (const field of this.#reader.fields(message)) {
      if (field.number === 1 || field.number === 2) this.#tensor(field.bytes);
      else if (field.number === 3) for (const dim of this.#reader.numbers(field)) elements *= Number(dim);
    }
    assertElements(elements);
  }

  /** Returns its name. */
  #tensor(message: Uint8Array): string {
    let name = '';
    let dataType = 0;
    let rawBytes: number | null = null;
    const dims: number[] = [];
    for (const field of this.#reader.fields(message)) {
      if (
        field.number === TENSOR.externalData ||
        (field.number === TENSOR.dataLocation && field.value !== 0n)
      )
        throw new ModelRefused(
          'EXTERNAL_DATA',
          'The model keeps its weights in another file. Nothing outside the file itself is read: export it as one file.',
        );
      if (field.number === TENSOR.dims)
        for (const dim of this.#reader.numbers(field)) dims.push(Number(BigInt.asIntN(64, dim)));
      else if (field.number === TENSOR.dataType) dataType = Number(field.value);
      else if (field.number === TENSOR.rawData) rawBytes = field.bytes.length;
      else if (field.number === TENSOR.name) name = textOf(field);
    }
    if (dims.length > MOST_DIMENSIONS || dims.some((dim) => dim < 0)) throw absurdShape(dims);
    const elements = dims.reduce((product, dim) => product * dim, 1);
    assertElements(elements);
    this.#parameters += elements;
    assertElements(this.#parameters);
    const elementBytes = ELEMENT_BYTES[dataType];
    if (rawBytes !== null && elementBytes !== undefined && rawBytes !== elements * elementBytes)
      throw new ModelRefused(
        'ABSURD_SHAPE',
        `The weights "${shown(name)}" hold ${rawBytes} bytes, but their shape needs ${elements * elementBytes}. The file is damaged or forged.`,
      );
    return name;
  }

  #value(message: Uint8Array): ModelValue {
    let name = '';
    let dims: (number | null)[] | null = null;
    for (const field of this.#reader.fields(message)) {
      if (field.number === VALUE.name) name = textOf(field);
      else if (field.number === VALUE.type) dims = this.#shapeOf(field.bytes);
    }
    if (dims === null)
      throw new ModelRefused(
        'WRONG_SHAPE',
        `The value "${shown(name)}" is no plain tensor. Export the model with plain tensors.`,
      );
    const isAbsurd = dims.some((dim) => dim !== null && (dim < 0 || dim > LARGEST_DIMENSION));
    if (isAbsurd || dims.length > MOST_DIMENSIONS) throw absurdShape(dims);
    assertElements(dims.reduce<number>((product, dim) => product * (dim ?? 1), 1));
    return { name, dims };
  }

  #shapeOf(type: Uint8Array): (number | null)[] | null {
    for (const { number, bytes } of this.#reader.fields(type)) {
      if (number !== TENSOR_TYPE) continue;
      const dims: (number | null)[] = [];
      for (const part of this.#reader.fields(bytes))
        if (part.number === SHAPE)
          for (const dimension of this.#reader.fields(part.bytes)) dims.push(this.#dimension(dimension));
      return dims;
    }
    return null;
  }

  #dimension({ bytes }: Field): number | null {
    for (const { number, value } of this.#reader.fields(bytes))
      if (number === DIMENSION.value) return Number(BigInt.asIntN(64, value));
    return null;
  }
}

function assertKnownDomain(domain: string): void {
  if (!KNOWN_DOMAINS.has(domain)) throw customOperator(`operators of "${shown(domain)}"`);
}

function customOperator(what: string): ModelRefused {
  return new ModelRefused(
    'CUSTOM_OPERATOR',
    `The model needs ${what}. Only the standard's own operators are run here: export it without custom ones.`,
  );
}

function assertElements(elements: number): void {
  if (!(elements <= MOST_ELEMENTS))
    throw new ModelRefused(
      'ABSURD_SHAPE',
      'A tensor of the model has more numbers than any drone can hold. The file is damaged or forged.',
    );
}

function absurdShape(dims: readonly (number | null)[]): ModelRefused {
  const shape = dims
    .slice(0, MOST_DIMENSIONS)
    .map((dim) => dim ?? '?')
    .join(' × ');
  return new ModelRefused(
    'ABSURD_SHAPE',
    `A tensor of the model has the shape ${shape}. The file is damaged or forged.`,
  );
}

function textOf({ bytes }: Field): string {
  if (bytes.length > LONGEST_NAME_BYTES)
    throw new ModelRefused(
      'NOT_ONNX',
      'The model has names longer than any exporter writes. The file is damaged or forged.',
    );
  return new TextDecoder().decode(bytes);
}

/** Names come from the file: only so much of them, and nothing that could pass for the station's own words. */
function shown(name: string): string {
  return name.replaceAll(/[^\w./:-]/g, '?').slice(0, 60);
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
