import { describe, expect, it } from 'vitest';
import { type Image, letterbox } from '../../../main/station/inference/image.ts';
import { landingSpotOf } from '../../../main/station/inference/landing-zone.ts';
import { detectionsOf, withoutOverlaps } from '../../../main/station/inference/person-detection.ts';

const NO_BARS = { scale: 1, padX: 0, padY: 0, planes: new Float32Array() };

function grey(width: number, height: number, level: (x: number, y: number) => number): Image {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rgb.fill(level(x, y), (y * width + x) * 3, (y * width + x) * 3 + 3);
  return { width, height, rgb };
}

/** Columns of [centre x, centre y, width, height, confidences…] as a YOLO network lays them out. */
function output(columns: readonly (readonly number[])[]) {
  const rows = columns[0]?.length ?? 0;
  const data = new Float32Array(rows * columns.length);
  columns.forEach((column, index) => {
    column.forEach((value, row) => {
      data[row * columns.length + index] = value;
    });
  });
  return { dims: [1, rows, columns.length], data };
}

describe('letterbox', () => {
  it('keeps proportions and puts bars where the image is short', () => {
    const box = letterbox(
      grey(200, 100, () => 255),
      64,
    );
    expect(box).toMatchObject({ scale: 0.32, padX: 0, padY: 16 });
    expect(box.planes).toHaveLength(3 * 64 * 64);
    expect(box.planes[0]).toBeCloseTo(114 / 255);
    expect(box.planes[20 * 64]).toBe(1);
    expect(box.planes[63 * 64]).toBeCloseTo(114 / 255);
  });

  it('leaves an image of the right size as it is', () => {
    const box = letterbox(
      grey(8, 8, (x, y) => x * 16 + y),
      8,
    );
    expect(box.planes[3 * 8 + 5]).toBeCloseTo((5 * 16 + 3) / 255);
  });
});

describe('person detection', () => {
  it('takes the surest class of each box, and only sure boxes', () => {
    const detections = detectionsOf(
      output([
        [10, 20, 4, 8, 0.1, 0.9],
        [50, 20, 4, 8, 0.2, 0.1],
      ]),
      NO_BARS,
    );
    expect(detections).toEqual([
      { classIndex: 1, confidence: expect.closeTo(0.9), left: 8, top: 16, width: 4, height: 8 },
    ]);
  });

  it('gives boxes in the pixels of the image', () => {
    const [detection] = detectionsOf(output([[32, 32, 16, 16, 0.8]]), {
      ...NO_BARS,
      scale: 0.5,
      padX: 8,
      padY: 0,
    });
    expect(detection).toMatchObject({ left: 32, top: 48, width: 32, height: 32 });
  });

  it('drops a box that overlaps a surer one of its class, and keeps one of another class', () => {
    const box = { left: 0, top: 0, width: 10, height: 10 };
    const kept = withoutOverlaps([
      { ...box, classIndex: 0, confidence: 0.9 },
      { ...box, left: 1, classIndex: 0, confidence: 0.8 },
      { ...box, left: 1, classIndex: 1, confidence: 0.7 },
      { ...box, left: 6, classIndex: 0, confidence: 0.6 },
    ]);
    expect(kept.map(({ confidence }) => confidence)).toEqual([0.9, 0.7, 0.6]);
  });

  it('refuses what cannot be boxes', () => {
    expect(() => detectionsOf({ dims: [1, 4, 1], data: new Float32Array(4) }, NO_BARS)).toThrow(
      /needs \[1, 4 \+ classes/,
    );
    expect(() => detectionsOf(output([[1, 1, 1, 1, Number.NaN]]), NO_BARS)).toThrow(/no such numbers/);
    expect(() => detectionsOf(output([[1, 1, 1, 1, 57]]), NO_BARS)).toThrow(/no such numbers/);
  });
});

describe('landing zone', () => {
  it('finds the patch with the best surroundings, not the single best patch', () => {
    const data = new Float32Array(25);
    data[0] = 1;
    for (const cell of [11, 12, 13, 16, 17, 18, 21, 22, 23]) data[cell] = 0.8;
    const spot = landingSpotOf({ dims: [1, 1, 5, 5], data });
    expect(spot).toEqual({
      offsetX: 0,
      offsetY: expect.closeTo(0.4),
      confidence: expect.closeTo(0.8),
    });
  });

  it('refuses what is no grid of scores', () => {
    expect(() => landingSpotOf({ dims: [1, 25], data: new Float32Array(25) })).toThrow(/rows, columns/);
    expect(() => landingSpotOf({ dims: [1, 1, 5, 5], data: new Float32Array(25).fill(3) })).toThrow(
      /between 0 and 1/,
    );
  });
});
