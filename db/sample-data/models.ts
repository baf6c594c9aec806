import { type Cell, fixed, instant } from './cells.ts';
import type { Chance } from './chance.ts';
import type { SampleSize } from './city.ts';

const DAY_MS = 86_400_000;
const MODELS = [
  { type: 'YOLO_PERSON_DETECTION', sizeMb: 42, accuracy: 93.1, latencyMs: 34, watts: 4.2 },
  { type: 'LANDING_ZONE', sizeMb: 18, accuracy: 95.6, latencyMs: 21, watts: 2.8 },
  { type: 'WHISPER_STT', sizeMb: 75, accuracy: 88.4, latencyMs: 410, watts: 5.1 },
  { type: 'PHI3_DIALOGUE', sizeMb: 2_300, accuracy: 84.0, latencyMs: 950, watts: 9.6 },
  { type: 'PIPER_TTS', sizeMb: 61, accuracy: 97.0, latencyMs: 130, watts: 1.9 },
] as const;

/** Two versions of each model, the later one on the drones. In the order of the columns of the table. */
export function sampleModels(size: SampleSize, nowMs: number, chance: Chance): Cell[][] {
  return MODELS.flatMap((model) =>
    [1, 2].map((generation): Cell[] => {
      const current = generation === 2;
      const deployedMs = nowMs - (current ? 40 : 210) * DAY_MS;
      const at = instant(deployedMs);
      return [
        ...[chance.id(deployedMs), model.type, `sample-${generation}.${chance.whole(0, 4)}.0`],
        ...[`models/${model.type.toLowerCase()}-${generation}.onnx`, model.sizeMb],
        ...[fixed(model.accuracy - (current ? 0 : 2.7), 2), model.latencyMs, model.watts, at],
        ...[current ? size.drones : 0, current, 'Made up for the sample.', at],
      ];
    }),
  );
}
