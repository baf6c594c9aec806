import type { ModelType } from '../../../preload/contract/models.ts';
import type { Letterbox } from './image.ts';
import { landingSpotOf } from './landing-zone.ts';
import type { ModelOutline } from './onnx/inspect-model.ts';
import { ModelRefused } from './onnx/model-refused.ts';
import { detectionsOf } from './person-detection.ts';
import type { Tensor } from './worker-protocol.ts';

/** Detections of one scene that are compared. */
const COMPARED_DETECTIONS = 10;
const SMALLEST_SIDE = 32;
const LARGEST_SIDE = 1_280;
/** What a network of the YOLO family takes where its input is free. */
const USUAL_SIDE = 640;

/** What a drone makes of a model's output, as numbers of which none depends on the size of an image. */
export const PIPELINES: Record<ModelType, (output: Tensor, box: Letterbox, width: number) => number[]> = {
  YOLO_PERSON_DETECTION: (output, box, width) =>
    detectionsOf(output, box)
      .slice(0, COMPARED_DETECTIONS)
      .flatMap(({ classIndex, confidence, left, top, width: w, height: h }) => [
        ...[classIndex, confidence],
        ...[left, top, w, h].map((pixels) => pixels / width),
      ]),
  LANDING_ZONE: (output) => {
    const { offsetX, offsetY, confidence } = landingSpotOf(output);
    return [offsetX, offsetY, confidence];
  },
};

/** The name of the image input and the side of its square. Throws ModelRefused where a pipeline cannot feed it. */
export function imageInputOf({ inputs, outputs }: ModelOutline): { name: string; side: number } {
  const [input] = inputs;
  const [batch, channels, height, width] = input?.dims ?? [];
  const side = width ?? height ?? USUAL_SIDE;
  const isImage =
    input !== undefined &&
    inputs.length === 1 &&
    outputs.length === 1 &&
    input.dims.length === 4 &&
    (batch ?? 1) === 1 &&
    (channels ?? 3) === 3 &&
    (height ?? side) === side &&
    side >= SMALLEST_SIDE &&
    side <= LARGEST_SIDE;
  if (!isImage) {
    const shapes = inputs.map(({ dims }) => `[${dims.map((dim) => dim ?? 'free').join(', ')}]`).join(' and ');
    throw new ModelRefused(
      'WRONG_SHAPE',
      `The model takes ${shapes} and gives ${outputs.length} outputs. The drone feeds one square image [1, 3, side, side] and reads one output.`,
    );
  }
  return { name: input.name, side };
}
