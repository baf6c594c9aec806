/** The theme's colours as canvases need them: read from the tokens once a theme, not once a frame. */
export interface MapColours {
  land: string;
  water: string;
  coast: string;
  border: string;
  grid: string;
  gridText: string;
  minorRoad: string;
  majorRoad: string;
  building: string;
  surface: string;
  base: string;
  text: string;
  textMuted: string;
  accent: string;
  accentInk: string;
  zone: string;
  zoneFill: string;
  route: string;
  flown: string;
  fontFamily: string;
}

export function readColours(element: Element): MapColours {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    land: token('--map-land'),
    water: token('--map-water'),
    coast: token('--map-coast'),
    border: token('--map-border'),
    grid: token('--map-grid'),
    gridText: token('--map-grid-text'),
    minorRoad: token('--map-minor-road'),
    majorRoad: token('--map-major-road'),
    building: token('--map-building'),
    surface: token('--surface-1'),
    base: token('--surface-3'),
    text: token('--text'),
    textMuted: token('--text-2'),
    accent: token('--accent'),
    accentInk: token('--accent-ink'),
    zone: token('--zone'),
    zoneFill: token('--zone-fill'),
    route: token('--route'),
    flown: token('--flown'),
    fontFamily: style.fontFamily,
  };
}
