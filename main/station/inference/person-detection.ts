import type { Letterbox } from './image.ts';
import { ModelRefused } from './onnx/model-refused.ts';
import type { Tensor } from './worker-protocol.ts';

/** A box in the pixels of the image. */
export interface Detection {
  readonly classIndex: number;
  /** 0 to 1. */
  readonly confidence: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const BOX_ROWS = 4;
const LEAST_CONFIDENCE = 0.25;
/** Boxes of one class that share more than this are one object. */
const MOST_OVERLAP = 0.45;
const MOST_CANDIDATES = 3_000;
const MOST_DETECTIONS = 100;

/**
 * Reads the output [1, 4 + classes, N] of a YOLO-style network: rows of centre x, centre y, width and height in the
 * pixels of its input, then the confidence of each class. Overlapping boxes of one class give way to the surest.
 * Highest confidence first. Throws ModelRefused for what cannot be boxes.
 */
export function detectionsOf(output: Tensor, box: Letterbox): Detection[] {
  const [batch, rows = 0, count = 0] = output.dims;
  const classes = rows - BOX_ROWS;
  if (output.dims.length !== 3 || batch !== 1 || classes < 1)
    throw new ModelRefused(
      'WRONG_SHAPE',
      `The model gives [${output.dims.join(', ')}]; person detection needs [1, 4 + classes, boxes].`,
    );
  const value = (row: number, index: number): number => output.data[row * count + index] ?? Number.NaN;
  const candidates: Detection[] = [];
  for (let index = 0; index < count; index++) {
    let classIndex = 0;
    for (let other = 1; other < classes; other++)
      if (value(BOX_ROWS + other, index) > value(BOX_ROWS + classIndex, index)) classIndex = other;
    const confidence = value(BOX_ROWS + classIndex, index);
    const [centreX, centreY, width, height] = [0, 1, 2, 3].map((row) => value(row, index)) as [
      number,
      number,
      number,
      number,
    ];
    if (
      !Number.isFinite(confidence + centreX + centreY + width + height) ||
      confidence > 1.001 ||
      confidence < -0.001
    )
      throw new ModelRefused('NONSENSE', 'The model gives boxes or confidences that are no such numbers.');
    if (confidence < LEAST_CONFIDENCE) continue;
    candidates.push({
      classIndex,
      confidence,
      left: (centreX - width / 2 - box.padX) / box.scale,
      top: (centreY - height / 2 - box.padY) / box.scale,
      width: width / box.scale,
      height: height / box.scale,
    });
  }
  return withoutOverlaps(candidates.sort((a, b) => b.confidence - a.confidence).slice(0, MOST_CANDIDATES));
}

/** Greedy non-maximum suppression, class by class. Takes the boxes in order of their confidence. */
export function withoutOverlaps(ordered: readonly Detection[]): Detection[] {
  const kept: Detection[] = [];
  for (const candidate of ordered) {
    if (kept.length >= MOST_DETECTIONS) break;
    const isKnown = kept.some(
      (other) => other.classIndex === candidate.classIndex && overlap(other, candidate) > MOST_OVERLAP,
    );
    if (!isKnown) kept.push(candidate);
  }
  return kept;
}

/** Intersection over union. */
function overlap(one: Detection, other: Detection): number {
  const width = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const height = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (one.width * one.height + other.width * other.height - shared);
}
