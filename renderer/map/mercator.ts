/** Web Mercator (EPSG:3857) as a unit square: x grows eastwards, y southwards, both 0–1 over the whole world. */

const MAX_LATITUDE_DEG = 85.0511287798;
const EARTH_CIRCUMFERENCE_M = 40_075_016.686;

export const worldX = (longitudeDeg: number): number => (longitudeDeg + 180) / 360;

export function worldY(latitudeDeg: number): number {
  const bounded = Math.max(-MAX_LATITUDE_DEG, Math.min(MAX_LATITUDE_DEG, latitudeDeg));
  return 0.5 - Math.asinh(Math.tan((bounded * Math.PI) / 180)) / (2 * Math.PI);
}

/** Width of the whole world at a zoom level, in CSS pixels. */
export const worldSizePx = (zoom: number): number => 256 * 2 ** zoom;

export const metresPerPixel = (latitudeDeg: number, zoom: number): number =>
  (EARTH_CIRCUMFERENCE_M * Math.cos((latitudeDeg * Math.PI) / 180)) / worldSizePx(zoom);
