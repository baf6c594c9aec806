/** Pixels row by row, red, green, blue, 0 to 255. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** Where an image lies in the square that a model sees: input = image × scale + pad. */
export interface Letterbox {
  readonly scale: number;
  readonly padX: number;
  readonly padY: number;
  /** Planes of red, green and blue, 0 to 1: NCHW with N = 1. */
  readonly planes: Float32Array;
}

/** Grey of the bars, as the networks of the YOLO family are trained with. */
const BAR = 114 / 255;
const CHANNELS = 3;

/** Scales an image into a square of `side` pixels without changing its proportions, with bars at two sides. */
export function letterbox(image: Image, side: number): Letterbox {
  const scale = Math.min(side / image.width, side / image.height);
  const padX = (side - image.width * scale) / 2;
  const padY = (side - image.height * scale) / 2;
  const planes = new Float32Array(CHANNELS * side * side).fill(BAR);
  const top = Math.round(padY);
  const left = Math.round(padX);
  for (let y = top; y < side - top; y++)
    for (let x = left; x < side - left; x++)
      for (let channel = 0; channel < CHANNELS; channel++)
        planes[(channel * side + y) * side + x] =
          sample(image, (x + 0.5 - padX) / scale - 0.5, (y + 0.5 - padY) / scale - 0.5, channel) / 255;
  return { scale, padX, padY, planes };
}

/** Bilinear; beyond the edge the edge goes on. */
function sample({ width, height, rgb }: Image, x: number, y: number, channel: number): number {
  const at = (column: number, row: number): number => {
    const inside = Math.min(height - 1, Math.max(0, row)) * width + Math.min(width - 1, Math.max(0, column));
    return rgb[inside * CHANNELS + channel] ?? 0;
  };
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = x - left;
  const down = y - top;
  return (
    (at(left, top) * (1 - right) + at(left + 1, top) * right) * (1 - down) +
    (at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right) * down
  );
}
