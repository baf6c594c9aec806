import { contextOf, drawHaloText, measure } from './canvas-text.ts';
import type { Box } from './declutter.ts';
import type { MapColours } from './map-colours.ts';

/** How a drone looks: known and current; not heard of lately; heard but not registered; another station's. */
export type DroneLook = 'CURRENT' | 'STALE' | 'UNREGISTERED' | 'REMOTE';

const LOOKS: readonly DroneLook[] = ['CURRENT', 'STALE', 'UNREGISTERED', 'REMOTE'];
const HEADINGS = 64;
const CELL_PX = 36;
const COLUMNS = 8;
const MAX_CACHED_LABELS = 1500;
const PLAIN_HEIGHT_PX = 18;
const BOX_HEIGHT_PX = 38;

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
    if (boxed) return { width: this.#boxWidth(lines) + 2, height: BOX_HEIGHT_PX + 2 };
    return {
      width: Math.ceil(measure(lines[0] ?? '', this.#plainFont(dimmed))) + 6,
      height: PLAIN_HEIGHT_PX,
    };
  }

  #plainFont(dimmed: boolean): string {
    return `${dimmed ? 400 : 600} 11.5px ${this.#colours.fontFamily}`;
  }

  #boxFonts(): readonly string[] {
    return [`650 12px ${this.#colours.fontFamily}`, `400 11px ${this.#colours.fontFamily}`];
  }

  /** In steps, so that the box does not twitch with its digits. */
  #boxWidth(lines: readonly string[]): number {
    const fonts = this.#boxFonts();
    const widest = Math.max(...lines.map((line, index) => measure(line, fonts[index] ?? '')));
    return Math.ceil((widest + 18) / 8) * 8;
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
    const { width, height } = this.labelSize([text], false, dimmed);
    const { canvas, context } = this.#blank(width, height);
    context.font = this.#plainFont(dimmed);
    context.textBaseline = 'middle';
    const { text: bright, textMuted, land } = this.#colours;
    drawHaloText(context, text, 3, height / 2, dimmed ? textMuted : bright, land);
    return canvas;
  }

  #boxedLabel(lines: readonly string[], dimmed: boolean): HTMLCanvasElement {
    const { text, textMuted, accent, surface } = this.#colours;
    const fonts = this.#boxFonts();
    const width = this.#boxWidth(lines);
    const { canvas, context } = this.#blank(width + 2, BOX_HEIGHT_PX + 2);
    context.beginPath();
    context.roundRect(1, 1, width, BOX_HEIGHT_PX, 5);
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

/** The dart points to the heading; a drone that is not known to be there is hollow, another station's is dashed. */
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
  } else if (look === 'REMOTE') {
    context.fillStyle = colours.surface;
    context.fill();
    context.strokeStyle = colours.accent;
    context.lineWidth = 2;
    context.setLineDash([4, 3]);
  } else {
    context.strokeStyle = colours.textMuted;
    context.globalAlpha = 0.8;
    context.lineWidth = 1.8;
  }
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}
