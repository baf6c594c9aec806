let ruler: CanvasRenderingContext2D | null = null;
const MAX_MEASURED = 4000;
const measured = new Map<string, number>();

/** Width in CSS pixels. Measuring costs much more than remembering. */
export function measure(text: string, font: string): number {
  const key = `${font}|${text}`;
  const known = measured.get(key);
  if (known !== undefined) return known;
  if (measured.size >= MAX_MEASURED) measured.clear();
  ruler ??= contextOf(document.createElement('canvas'));
  ruler.font = font;
  const { width } = ruler.measureText(text);
  measured.set(key, width);
  return width;
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

export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser gives no canvas to draw on.');
  return context;
}
