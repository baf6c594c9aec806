import { ModelRefused } from './model-refused.ts';

/** One field of a message: a number (varint or fixed), or the bytes of a text, a blob or a message. */
export interface Field {
  readonly number: number;
  readonly value: bigint;
  /** Empty for a number. */
  readonly bytes: Uint8Array;
}

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;
const LONGEST_VARINT = 10;
/** A model of 100 million parameters has a few thousand: packed data count as one. */
const MOST_FIELDS = 1_000_000;

/**
 * Reads protobuf's wire format (protobuf.dev, "Encoding") one field after the other without copying, and without
 * believing any length that it finds. One reader for a whole file: it counts the fields of all its messages.
 */
export class ProtobufReader {
  #fieldsLeft = MOST_FIELDS;

  /** Throws ModelRefused where the bytes end too early, are no protobuf or are too many fields. */
  *fields(message: Uint8Array): Generator<Field> {
    let at = 0;
    const varint = (): bigint => {
      let value = 0n;
      for (let shift = 0; shift < LONGEST_VARINT; shift++) {
        const byte = message[at++];
        if (byte === undefined) throw truncated();
        value |= BigInt(byte & 0x7f) << BigInt(7 * shift);
        if (byte < 0x80) return BigInt.asUintN(64, value);
      }
      throw notOnnx();
    };
    const take = (length: number): Uint8Array => {
      if (length > message.length - at) throw truncated();
      at += length;
      return message.subarray(at - length, at);
    };
    while (at < message.length) {
      if (--this.#fieldsLeft < 0)
        throw new ModelRefused('TOO_COMPLEX', 'The file has more parts than any model that a drone can run.');
      const key = varint();
      const number = Number(key >> 3n);
      const wire = Number(key & 7n);
      if (number === 0) throw notOnnx();
      if (wire === VARINT) yield { number, value: varint(), bytes: NOTHING };
      else if (wire === BYTES) {
        const length = varint();
        if (length > BigInt(message.length)) throw truncated();
        yield { number, value: 0n, bytes: take(Number(length)) };
      } else if (wire === FIXED_32 || wire === FIXED_64) {
        take(wire === FIXED_32 ? 4 : 8);
        yield { number, value: 0n, bytes: NOTHING };
      } else throw notOnnx();
    }
  }

  /** The numbers of a repeated field, whether packed into one blob or sent one by one. */
  *numbers(field: Field): Generator<bigint> {
    if (field.bytes.length === 0) {
      yield field.value;
      return;
    }
    let value = 0n;
    let shift = 0n;
    for (const byte of field.bytes) {
      if (shift >= 70n) throw notOnnx();
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte >= 0x80) continue;
      yield BigInt.asUintN(64, value);
      value = 0n;
      shift = 0n;
    }
    if (shift > 0n) throw truncated();
  }
}

const NOTHING = new Uint8Array();

function truncated(): ModelRefused {
  return new ModelRefused(
    'TRUNCATED',
    'The model file ends in the middle. Copy it again, whole, and compare its size with the original.',
  );
}

function notOnnx(): ModelRefused {
  return new ModelRefused('NOT_ONNX', 'This is no ONNX model. Choose the .onnx file that was exported.');
}
