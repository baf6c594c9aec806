import type { Box } from './declutter.ts';
import type { MapColours } from './map-colours.ts';

/** How a drone looks: known and current; not heard of lately; heard but not registered. */
export type DroneLook = 'CURRENT' | 'STALE' | 'UNREGISTERED';

const LOOKS: readonly DroneLook[] = ['CURRENT', 'STALE', 'UNREGISTERED'];
const HEADINGS = 64;
const CELL_PX = 36;
const COLUMNS = 8;
const MAX_CACHED_LABELS = 1500;

export const SPRITE_PX = CELL_PX;

export const headingIndex = (headingDeg: number): number =>
  Math.round((headingDeg / 360) * HEADINGS) % HEADINGS;

/** Every look at every heading, drawn once: turning a path for each drone and frame is what costs. */
export class DroneSprites {
  readonly #sheet = document.createElement('canvas');
  readonly #labels = new Map<string, HTMLCanvasElement>();
  readonly #colours: MapColours;
  readonly #ratio: number;

  constructor(colours: MapColours, devicePixelRatio: number) {
    this.#colours = colours;
    this.#ratio = devicePixelRatio;
    const rows = (LOOKS.length * HEADINGS) / COLUMNS;
    this.#sheet.width = Math.ceil(COLUMNS * this.#cell);
    this.#sheet.height = Math.ceil(rows * this.#cell);
    const context = contextOf(this.#sheet);
    for (const [row, look] of LOOKS.entries())
      for (let heading = 0; heading < HEADINGS; heading++) {
        const { x, y } = this.#cellAt(row * HEADINGS + heading);
        context.setTransform(this.#ratio, 0, 0, this.#ratio, x + this.#cell / 2, y + this.#cell / 2);
        context.rotate((heading / HEADINGS) * 2 * Math.PI);
        drawDart(context, look, colours);
      }
  }

  /** Whole device pixels, so that no cell bleeds into the next. */
  get #cell(): number {
    return Math.ceil(CELL_PX * this.#ratio);
  }

  #cellAt(index: number): { x: number; y: number } {
    return { x: (index % COLUMNS) * this.#cell, y: Math.floor(index / COLUMNS) * this.#cell };
  }

  /** `x`, `y`: the drone's place in CSS pixels, already on whole device pixels. */
  draw(context: CanvasRenderingContext2D, look: DroneLook, heading: number, x: number, y: number): void {
    const from = this.#cellAt(LOOKS.indexOf(look) * HEADINGS + heading);
    const size = this.#cell / this.#ratio;
    context.drawImage(
      this.#sheet,
      from.x,
      from.y,
      this.#cell,
      this.#cell,
      x - size / 2,
      y - size / 2,
      size,
      size,
    );
  }

  /** Size in CSS pixels of a label that `drawLabel` would draw. */
  labelSize(lines: readonly string[], boxed: boolean, dimmed: boolean): { width: number; height: number } {
    const bitmap = this.#label(lines, boxed, dimmed);
    return { width: bitmap.width / this.#ratio, height: bitmap.height / this.#ratio };
  }

  drawLabel(
    context: CanvasRenderingContext2D,
    lines: readonly string[],
    boxed: boolean,
    dimmed: boolean,
    x: number,
    y: number,
  ): Box {
    const bitmap = this.#label(lines, boxed, dimmed);
    const [width, height] = [bitmap.width / this.#ratio, bitmap.height / this.#ratio];
    context.drawImage(bitmap, x, y, width, height);
    return { x, y, width, height };
  }

  #label(lines: readonly string[], boxed: boolean, dimmed: boolean): HTMLCanvasElement {
    const key = `${boxed}|${dimmed}|${lines.join('\n')}`;
    const cached = this.#labels.get(key);
    if (cached !== undefined) return cached;
    if (this.#labels.size >= MAX_CACHED_LABELS) this.#labels.clear();
    const label = boxed ? this.#boxedLabel(lines, dimmed) : this.#plainLabel(lines[0] ?? '', dimmed);
    this.#labels.set(key, label);
    return label;
  }

  #plainLabel(text: string, dimmed: boolean): HTMLCanvasElement {
    const font = `${dimmed ? 400 : 600} 11.5px ${this.#colours.fontFamily}`;
    const { canvas, context } = this.#blank(measure(text, font) + 6, 18);
    context.font = font;
    context.textBaseline = 'middle';
    drawHaloText(
      context,
      text,
      3,
      9,
      dimmed ? this.#colours.textMuted : this.#colours.text,
      this.#colours.land,
    );
    return canvas;
  }

  #boxedLabel(lines: readonly string[], dimmed: boolean): HTMLCanvasElement {
    const { text, textMuted, accent, surface, fontFamily } = this.#colours;
    const fonts = [`650 12px ${fontFamily}`, `400 11px ${fontFamily}`];
    const widths = lines.map((line, index) => measure(line, fonts[index] ?? ''));
    // Rounded up to steps, so that the box does not twitch with its digits.
    const width = Math.ceil((Math.max(...widths) + 18) / 8) * 8;
    const { canvas, context } = this.#blank(width + 2, 40);
    context.beginPath();
    context.roundRect(1, 1, width, 38, 5);
    context.globalAlpha = 0.94;
    context.fillStyle = surface;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = dimmed ? textMuted : accent;
    context.stroke();
    context.textBaseline = 'middle';
    for (const [index, line] of lines.entries()) {
      context.font = fonts[index] ?? '';
      context.fillStyle = index === 0 ? text : textMuted;
      context.fillText(line, 10, 13 + index * 15);
    }
    return canvas;
  }

  #blank(width: number, height: number) {
    const canvas = document.createElement('canvas');
    canvas.width = Math.ceil(width * this.#ratio);
    canvas.height = Math.ceil(height * this.#ratio);
    const context = contextOf(canvas);
    context.scale(this.#ratio, this.#ratio);
    return { canvas, context };
  }
}

/** The dart points to the heading; a drone that is not known to be there is hollow. */
function drawDart(context: CanvasRenderingContext2D, look: DroneLook, colours: MapColours): void {
  context.beginPath();
  context.moveTo(0, -15);
  context.lineTo(10, 11);
  context.lineTo(0, 5);
  context.lineTo(-10, 11);
  context.closePath();
  context.lineJoin = 'round';
  if (look === 'CURRENT') {
    context.fillStyle = colours.accent;
    context.fill();
    context.strokeStyle = colours.accentInk;
    context.lineWidth = 1.5;
  } else if (look === 'UNREGISTERED') {
    context.fillStyle = colours.surface;
    context.fill();
    context.strokeStyle = colours.text;
    context.lineWidth = 2;
  } else {
    context.strokeStyle = colours.textMuted;
    context.globalAlpha = 0.8;
    context.lineWidth = 1.8;
  }
  context.stroke();
  context.globalAlpha = 1;
}

const ruler = document.createElement('canvas').getContext('2d');

export function measure(text: string, font: string): number {
  if (ruler === null) return text.length * 7;
  ruler.font = font;
  return ruler.measureText(text).width;
}

/** Text that can be read over whatever the map shows. */
export function drawHaloText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colour: string,
  halo: string,
): void {
  context.lineJoin = 'round';
  context.lineWidth = 3;
  context.strokeStyle = halo;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser gives no canvas to draw on.');
  return context;
}
