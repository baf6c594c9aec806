/**
 * CRC-16/MCRF4XX (polynomial 0x1021 reflected, initial value 0xFFFF, no final xor), the checksum of MAVLink frames
 * ("Packet serialization", section Checksum). Four tables, so that four bytes are taken at once.
 */
const TABLES = new Uint16Array(4 * 256);
/** Which byte leads to a table entry whose high byte is the index; the high bytes are all different. */
const BYTE_BY_HIGH = new Uint8Array(256);

for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  TABLES[byte] = crc;
  BYTE_BY_HIGH[crc >>> 8] = byte;
}
for (let slice = 1; slice < 4; slice++) {
  for (let byte = 0; byte < 256; byte++) {
    const previous = entry((slice - 1) * 256 + byte);
    TABLES[slice * 256 + byte] = (previous >>> 8) ^ entry(previous & 0xff);
  }
}

function entry(index: number): number {
  return TABLES[index] as number;
}

export const CRC_START = 0xffff;

/** Continues `crc` over `bytes` from `start` up to but not including `end`, which must lie inside. */
export function crcOf(bytes: Uint8Array, start: number, end: number, crc = CRC_START): number {
  let value = crc;
  let index = start;
  for (const lastFour = end - 4; index <= lastFour; index += 4) {
    value =
      entry(768 + ((value ^ (bytes[index] as number)) & 0xff)) ^
      entry(512 + (((value >>> 8) ^ (bytes[index + 1] as number)) & 0xff)) ^
      entry(256 + (bytes[index + 2] as number)) ^
      entry(bytes[index + 3] as number);
  }
  for (; index < end; index++) value = crcOfByte(bytes[index] as number, value);
  return value;
}

/** Continues `crc` over one byte: the message's CRC_EXTRA comes last. */
export function crcOfByte(byte: number, crc: number): number {
  return (crc >>> 8) ^ entry((crc ^ byte) & 0xff);
}

/**
 * Whether some CRC_EXTRA leads from `crc` to `received`. True for one value in 256: what can still be checked of a
 * frame whose message is not known.
 */
export function someExtraLeadsTo(received: number, crc: number): boolean {
  const step = received ^ (crc >>> 8);
  return entry(BYTE_BY_HIGH[step >>> 8] as number) === step;
}
