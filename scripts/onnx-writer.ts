/** Writes ONNX models: the few messages of onnx.proto3 (IR version 10) that a small model needs, in protobuf's wire format. */

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** float32, or int64 for indices and shapes. */
  readonly data: Float32Array | BigInt64Array;
}

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] };

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Empty: ONNX's own operators. */
  readonly domain?: string;
}

/** A float32 tensor; a dimension with a name is free. */
export interface OnnxValue {
  readonly name: string;
  readonly dims: readonly (number | string)[];
}

export interface OnnxModel {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly metadata?: Readonly<Record<string, string>>;
}

const IR_VERSION = 10;
const OPSET = 17;
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE_TYPE = { float: 1, int: 2, ints: 7 } as const;
const VARINT = 0;
const BYTES = 2;
const FIXED_32 = 5;

export function writeOnnxModel(model: OnnxModel): Uint8Array {
  return message([
    number(1, IR_VERSION),
    text(2, 'skyrescue'),
    bytes(7, graph(model)),
    bytes(8, message([text(1, ''), number(2, OPSET)])),
    ...Object.entries(model.metadata ?? {}).map(([key, value]) =>
      bytes(14, message([text(1, key), text(2, value)])),
    ),
  ]);
}

function graph(model: OnnxModel): Uint8Array {
  return message([
    ...model.nodes.map((node) => bytes(1, nodeMessage(node))),
    text(2, model.name),
    ...model.initializers.map((tensor) => bytes(5, tensorMessage(tensor))),
    ...model.inputs.map((value) => bytes(11, valueInfo(value))),
    ...model.outputs.map((value) => bytes(12, valueInfo(value))),
  ]);
}

function nodeMessage({ operator, inputs, outputs, attributes = {}, domain = '' }: OnnxNode): Uint8Array {
  return message([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
    ...(domain === '' ? [] : [text(7, domain)]),
  ]);
}

function attribute(name: string, value: OnnxAttribute): Uint8Array {
  if ('float' in value)
    return message([text(1, name), float(2, value.float), number(20, ATTRIBUTE_TYPE.float)]);
  if ('int' in value) return message([text(1, name), number(3, value.int), number(20, ATTRIBUTE_TYPE.int)]);
  return message([
    text(1, name),
    ...value.ints.map((item) => number(8, item)),
    number(20, ATTRIBUTE_TYPE.ints),
  ]);
}

function tensorMessage({ name, dims, data }: OnnxTensor): Uint8Array {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const type = data instanceof Float32Array ? FLOAT : INT64;
  return message([...dims.map((dim) => number(1, dim)), number(2, type), text(8, name), bytes(9, raw)]);
}

function valueInfo({ name, dims }: OnnxValue): Uint8Array {
  const shape = message(
    dims.map((dim) => bytes(1, message([typeof dim === 'number' ? number(1, dim) : text(2, dim)]))),
  );
  const tensor = message([number(1, FLOAT), bytes(2, shape)]);
  return message([text(1, name), bytes(2, message([bytes(1, tensor)]))]);
}

function message(fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

function number(field: number, value: number): Uint8Array {
  return Buffer.from([...varint((field << 3) | VARINT), ...varint(value)]);
}

function float(field: number, value: number): Uint8Array {
  const encoded = Buffer.alloc(4);
  encoded.writeFloatLE(value);
  return Buffer.concat([Buffer.from(varint((field << 3) | FIXED_32)), encoded]);
}

function text(field: number, value: string): Uint8Array {
  return bytes(field, Buffer.from(value, 'utf8'));
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([...varint((field << 3) | BYTES), ...varint(value.length)]), value]);
}

/** Base 128, lowest seven bits first; a negative number as its 64-bit two's complement. */
function varint(value: number): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const encoded: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    encoded.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return encoded;
}
