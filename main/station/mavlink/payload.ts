/** How the generated readers and writers treat arrays and texts; MAVLink is little-endian throughout. */
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** UTF-8 up to the first NUL or `length` bytes. Broken sequences become U+FFFD. */
export function readText(view: DataView, offset: number, length: number): string {
  let text = '';
  for (let index = 0; index < length; index++) {
    const code = view.getUint8(offset + index);
    if (code === 0) return text;
    if (code > 127) return decoder.decode(readTextBytes(view, offset, length));
    text += String.fromCharCode(code);
  }
  return text;
}

/** A copy of a text's bytes up to the first NUL: for texts that are cut into chunks in mid-character. */
export function readTextBytes(view: DataView, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, length);
  const end = bytes.indexOf(0);
  return bytes.slice(0, end === -1 ? length : end);
}

/** UTF-8, cut at `length` bytes between characters. */
export function writeText(view: DataView, offset: number, length: number, text: string): void {
  encoder.encodeInto(text, new Uint8Array(view.buffer, view.byteOffset + offset, length));
}

export function readArray(length: number, element: (index: number) => number): number[] {
  const values = new Array<number>(length);
  for (let index = 0; index < length; index++) values[index] = element(index);
  return values;
}

/** Elements that are missing in `values` are written as 0, elements beyond `length` are left out. */
export function writeArray(
  length: number,
  values: readonly number[],
  write: (index: number, value: number) => void,
): void {
  for (let index = 0; index < length; index++) write(index, values[index] ?? 0);
}
