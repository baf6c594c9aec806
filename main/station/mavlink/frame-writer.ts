import { CRC_START, crcOf, crcOfByte } from './crc.ts';
import { MAX_PAYLOAD_LENGTH, type MessageDefinition, START_V2 } from './frame.ts';

const HEADER_LENGTH = 10;

/** Writes unsigned MAVLink 2 frames of one sender, numbering them. */
export class FrameWriter {
  readonly #systemId: number;
  readonly #componentId: number;
  readonly #scratch = new Uint8Array(HEADER_LENGTH + MAX_PAYLOAD_LENGTH + 2);
  readonly #payload = new DataView(this.#scratch.buffer, HEADER_LENGTH);
  #sequence = 0;

  constructor(systemId: number, componentId: number) {
    this.#systemId = systemId;
    this.#componentId = componentId;
  }

  /**
   * The frame, as bytes of its own. Trailing zeros of the payload are left out down to one byte ("Payload
   * truncation"). Numbers beyond a field's range wrap as they do in C: check them where they come from.
   */
  write<Fields>(definition: MessageDefinition<Fields>, fields: Fields): Uint8Array {
    const scratch = this.#scratch;
    scratch.fill(0, HEADER_LENGTH);
    definition.write(this.#payload, fields);
    let length = definition.maxLength;
    while (length > 1 && scratch[HEADER_LENGTH + length - 1] === 0) length--;
    scratch[0] = START_V2;
    scratch[1] = length;
    scratch[4] = this.#sequence;
    scratch[5] = this.#systemId;
    scratch[6] = this.#componentId;
    scratch[7] = definition.id;
    scratch[8] = definition.id >>> 8;
    scratch[9] = definition.id >>> 16;
    const end = HEADER_LENGTH + length;
    const crc = crcOfByte(definition.crcExtra, crcOf(scratch, 1, end, CRC_START));
    scratch[end] = crc;
    scratch[end + 1] = crc >>> 8;
    this.#sequence = (this.#sequence + 1) & 0xff;
    return scratch.slice(0, end + 2);
  }
}
