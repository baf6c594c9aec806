import { seededRandom } from '../ports/random.ts';
import type { Image } from './image.ts';

export interface GoldenScene {
  readonly name: string;
  readonly image: Image;
}

const WIDTH = 320;
const HEIGHT = 240;
const SEED = 20_260_101;

type Paint = (x: number, y: number) => number;

/** The inputs that every model is run on: drawn, so that they are the same on every machine and in every version. */
export function goldenScenes(): GoldenScene[] {
  const random = seededRandom(SEED);
  const grain = Array.from({ length: WIDTH * HEIGHT }, () => random.next() * 40);
  const ground: Paint = (x, y) => 70 + (grain[y * WIDTH + x] ?? 0);
  return [
    scene('grass', ground),
    scene('one-person', withFigure(ground, 150, 90, 28, 70)),
    scene(
      'three-people',
      withFigure(withFigure(withFigure(ground, 30, 40, 20, 52), 120, 110, 26, 66), 250, 60, 24, 60),
    ),
    scene('roof-and-street', (x, y) => (x < WIDTH / 3 ? 200 : y > HEIGHT / 2 ? 40 : ground(x, y))),
    scene('dusk', (x, y) => ground(x, y) * 0.25),
  ];
}

function withFigure(behind: Paint, left: number, top: number, width: number, height: number): Paint {
  return (x, y) => {
    const across = (x - left) / width;
    const down = (y - top) / height;
    const inside = across >= 0 && across < 1 && down >= 0 && down < 1;
    const isHead = down < 0.25 && Math.abs(across - 0.5) < 0.25;
    return inside && (isHead || down >= 0.25) ? 235 : behind(x, y);
  };
}

function scene(name: string, paint: Paint): GoldenScene {
  const rgb = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      const at = (y * WIDTH + x) * 3;
      const level = paint(x, y);
      rgb.set([level, level * 0.95, level * 0.85], at);
    }
  return { name, image: { width: WIDTH, height: HEIGHT, rgb } };
}
