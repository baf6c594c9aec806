import { createHash } from 'node:crypto';

interface GoldenTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

interface GoldenCaseToWrite {
  readonly name: string;
  readonly inputs: Readonly<Record<string, GoldenTensor>>;
  readonly outputs: Readonly<Record<string, GoldenTensor>>;
}

/** As a model's maker writes it (docs/golden-files.md). */
export function goldenFile(
  model: Uint8Array,
  cases: readonly GoldenCaseToWrite[],
  tolerance = { absolute: 1e-3, relative: 1e-3 },
): Uint8Array {
  const pieces: Buffer[] = [];
  let length = 0;
  const place = ({ dims, data }: GoldenTensor) => {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const offset = length;
    pieces.push(bytes);
    length += bytes.length;
    return { dims, offset };
  };
  const placed = <Made>(
    tensors: Readonly<Record<string, GoldenTensor>>,
    make: (tensor: GoldenTensor) => Made,
  ) => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, make(tensor)]));
  const header = {
    sha256: createHash('sha256').update(model).digest('hex'),
    cases: cases.map(({ name, inputs, outputs }) => ({
      name,
      inputs: placed(inputs, place),
      outputs: placed(outputs, (tensor) => ({ ...place(tensor), ...tolerance })),
    })),
  };
  return goldenBytes(JSON.stringify(header), Buffer.concat(pieces));
}

/** Whatever the header says. */
export function goldenBytes(header: string, data: Uint8Array): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([Buffer.from('SRGOLD1\n'), length, json, data]);
}
