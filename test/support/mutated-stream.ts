import { crcOf, crcOfByte } from '../../main/station/mavlink/crc.ts';
import type { Frame, MessageDefinition } from '../../main/station/mavlink/frame.ts';
import { FrameWriter } from '../../main/station/mavlink/frame-writer.ts';
import { MESSAGE_DEFINITIONS } from '../../main/station/mavlink/generated/messages.ts';
import type { Random } from '../../main/station/ports/random.ts';

const POOL = 4_096;
const SIGNATURE_LENGTH = 13;
const SIGNED = 0x01;
const LONGEST_NOISE = 600;
/** An intact frame that is not among the next so many was lost. */
const LOOK_AHEAD = 256;

type Mutation = 'FLIP' | 'DROP' | 'CUT' | 'LIE' | 'FLAG' | 'NOISE' | 'REPEAT';
const MUTATIONS: readonly Mutation[] = ['FLIP', 'DROP', 'CUT', 'LIE', 'FLAG', 'NOISE', 'REPEAT'];

/** Bytes as a bad line brings them, and which of the frames in them are intact. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly intact: readonly Uint8Array[];
  readonly mutated: boolean;
}

/** Frames of every message, every third signed, half of them mutated. */
export function mutatedStream(random: Random): () => Piece {
  const writers = Array.from({ length: 5 }, (_, index) => new FrameWriter(index + 1, 1));
  const pool = Array.from({ length: POOL }, (_, index) => {
    const definition = MESSAGE_DEFINITIONS[Math.floor(random.next() * MESSAGE_DEFINITIONS.length)];
    const writer = writers[index % writers.length];
    if (definition === undefined || writer === undefined) throw new Error('unreachable');
    const fields = definition.read({ payload: new DataView(random.bytes(255).buffer) });
    const frame = writer.write(definition, fields);
    return index % 3 === 0 ? signed(frame, definition, random) : frame;
  });
  const noise = random.bytes(1 << 16);
  return () => {
    const frame = pool[Math.floor(random.next() * POOL)] ?? noise;
    if (random.next() < 0.5) return { bytes: frame, intact: [frame], mutated: false };
    const mutation = MUTATIONS[Math.floor(random.next() * MUTATIONS.length)] ?? 'FLIP';
    return { ...mutate(mutation, frame, noise, random), mutated: true };
  };
}

/** A signature of chance: whether it is genuine is not for the parser to say. */
function signed(frame: Uint8Array, { crcExtra }: MessageDefinition<object>, random: Random): Uint8Array {
  const bytes = Buffer.concat([frame, random.bytes(SIGNATURE_LENGTH)]);
  bytes[2] = SIGNED;
  const end = frame.length - 2;
  bytes.writeUInt16LE(crcOfByte(crcExtra, crcOf(bytes, 1, end)), end);
  return bytes;
}

function mutate(
  mutation: Mutation,
  frame: Uint8Array,
  noise: Uint8Array,
  random: Random,
): Omit<Piece, 'mutated'> {
  const isSigned = (frame[2] ?? 0) === SIGNED;
  const place = Math.floor(random.next() * frame.length);
  switch (mutation) {
    case 'DROP':
      return { bytes: new Uint8Array(0), intact: [] };
    case 'CUT': {
      // Where a signature is cut, whatever follows takes its place: the checksum ends before it, no parser can tell.
      const end = Math.min(place, frame.length - (isSigned ? SIGNATURE_LENGTH + 1 : 0));
      return { bytes: frame.subarray(0, end), intact: [] };
    }
    case 'REPEAT':
      return { bytes: Buffer.concat([frame, frame]), intact: [frame, frame] };
    case 'NOISE': {
      const start = Math.floor(random.next() * (noise.length - LONGEST_NOISE));
      const bytes = noise.subarray(start, start + Math.floor(random.next() * LONGEST_NOISE));
      return { bytes: Buffer.concat([bytes, frame]), intact: [frame] };
    }
    default: {
      const bytes = Uint8Array.from(frame);
      const at = mutation === 'LIE' ? 1 : mutation === 'FLAG' ? 2 : place;
      const before = bytes[at] ?? 0;
      const after =
        mutation === 'FLIP' ? before ^ (1 << Math.floor(random.next() * 8)) : Math.floor(random.next() * 256);
      bytes[at] = after;
      // The signature is no part of what the checksum covers.
      const inSignature = isSigned && at >= frame.length - SIGNATURE_LENGTH;
      return { bytes, intact: after === before || inSignature ? [bytes] : [] };
    }
  }
}

/** Follows which of the intact frames come through, in their order. */
export class RecoveryCount {
  readonly #expected: Uint8Array[] = [];
  intact = 0;
  recovered = 0;
  /** Handed out, and never sent. */
  invented = 0;

  expect(frames: readonly Uint8Array[]): void {
    this.#expected.push(...frames);
    this.intact += frames.length;
    if (this.#expected.length > 4 * LOOK_AHEAD) this.#expected.splice(0, this.#expected.length - LOOK_AHEAD);
  }

  take(frame: Frame): void {
    const { bytes } = frame;
    const at = this.#expected.findIndex((expected) => equal(expected, bytes));
    if (at < 0) {
      this.invented++;
      return;
    }
    this.recovered++;
    this.#expected.splice(0, at + 1);
  }
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && Buffer.compare(one, other) === 0;
}
