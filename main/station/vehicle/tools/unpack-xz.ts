import xz from 'xz-decompress';

/**
 * What an .xz file holds. Rejects when it is damaged or cut off, and with RangeError beyond `limitBytes`: a small file
 * may unpack to gigabytes.
 */
export async function unpackXz(bytes: Uint8Array, limitBytes: number): Promise<Uint8Array> {
  const packed = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const reader = new xz.XzReadableStream(packed).getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(pieces);
    pieces.push(value);
    length += value.length;
    if (length <= limitBytes) continue;
    await reader.cancel();
    throw new RangeError('The file unpacks to more than such a file can be.');
  }
}
