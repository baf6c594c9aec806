import { ModelRefused } from './onnx/model-refused.ts';
import type { Tensor } from './worker-protocol.ts';

/** Where to put the drone down. */
export interface LandingSpot {
  /** From the middle of what the model sees: −1 left edge, 1 right edge. */
  readonly offsetX: number;
  /** −1 upper edge, 1 lower edge. */
  readonly offsetY: number;
  /** 0 to 1: mean score of the patch and of those around it. */
  readonly confidence: number;
}

/**
 * The best spot of a patch score grid [1, 1, rows, columns] (1: clear and flat). A patch is as good as it and those
 * around it; beyond the edge nothing is known to be clear. Throws ModelRefused for what is no such grid.
 */
export function landingSpotOf(output: Tensor): LandingSpot {
  const [batch, channels, rows = 0, columns = 0] = output.dims;
  if (output.dims.length !== 4 || batch !== 1 || channels !== 1 || rows < 3 || columns < 3)
    throw new ModelRefused(
      'WRONG_SHAPE',
      `The model gives [${output.dims.join(', ')}]; landing-zone scoring needs [1, 1, rows, columns] with at least 3 × 3 patches.`,
    );
  if (output.data.some((score) => !(score >= -0.001 && score <= 1.001)))
    throw new ModelRefused('NONSENSE', 'The model gives landing scores that are not between 0 and 1.');
  const score = (row: number, column: number): number =>
    row < 0 || column < 0 || row >= rows || column >= columns
      ? 0
      : (output.data[row * columns + column] ?? 0);
  let best = { row: 0, column: 0, confidence: -1 };
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const confidence = surroundings(row, column).reduce((sum, [y, x]) => sum + score(y, x), 0) / 9;
      if (confidence > best.confidence) best = { row, column, confidence };
    }
  return {
    offsetX: ((best.column + 0.5) / columns) * 2 - 1,
    offsetY: ((best.row + 0.5) / rows) * 2 - 1,
    confidence: best.confidence,
  };
}

function surroundings(row: number, column: number): [row: number, column: number][] {
  return [-1, 0, 1].flatMap((down) =>
    [-1, 0, 1].map((right): [number, number] => [row + down, column + right]),
  );
}
