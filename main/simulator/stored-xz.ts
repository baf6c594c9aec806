import { crc32 } from 'node:zlib';

/** LZMA2 keeps so much of what it does not compress in one piece. */
const PIECE = 65_536;
/** CRC32 as the check of a block. */
const STREAM_FLAGS = Buffer.from([0, 1]);
/** LZMA2, a window of 8 MiB, and padding. */
const BLOCK_HEADER = Buffer.from([2, 0, 0x21, 1, 0x16, 0, 0, 0]);

/** An .xz file (https://tukaani.org/xz/xz-file-format.txt) whose content is stored as it is: Node cannot compress so. */
export function storedXz(content: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < content.length; at += PIECE) {
    const piece = content.subarray(at, at + PIECE);
    const size = piece.length - 1;
    chunks.push(Buffer.from([at === 0 ? 1 : 2, size >> 8, size & 0xff]), piece);
  }
  const packed = Buffer.concat([...chunks, Buffer.from([0])]);
  const header = withCrc(BLOCK_HEADER);
  const unpaddedSize = header.length + packed.length + 4;
  const index = withCrc(
    padded(
      Buffer.concat([Buffer.from([0, 1]), variableLength(unpaddedSize), variableLength(content.length)]),
    ),
  );
  const backward = Buffer.concat([uint32(index.length / 4 - 1), STREAM_FLAGS]);
  return Buffer.concat([
    ...[Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), STREAM_FLAGS, uint32(crc32(STREAM_FLAGS))],
    ...[header, padded(packed), uint32(crc32(content)), index],
    ...[uint32(crc32(backward)), backward, Buffer.from('YZ')],
  ]);
}

function withCrc(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, uint32(crc32(bytes))]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function variableLength(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) | 0x80);
    if (rest < 128) return Buffer.from(bytes);
  }
}
