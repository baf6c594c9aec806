import type { Position } from '../../../preload/contract/geo.ts';

const NUMBER = String.raw`(\d{1,3}(?:\.\d+)?)`;
const SIGN = String.raw`([+\-−]?)`;
const SIGNED = new RegExp(`^${SIGN}${NUMBER}\\s*[,;\\s]\\s*${SIGN}${NUMBER}$`);
const LETTERED = new RegExp(`^${NUMBER}\\s*°?\\s*([NS])[\\s,;]*${NUMBER}\\s*°?\\s*([EW])$`, 'i');

/**
 * Decimal degrees as people type, paste or read them out: `42.3638, -71.0559` or `42.3638 N 71.0559 W`.
 * Null for anything else, such as an address, and for degrees that are not on the globe. Degrees without a fraction
 * are taken only with letters: "10 20" may as well be the start of an address.
 */
export function parsePosition(text: string): Position | null {
  const trimmed = text.trim();
  const signed = SIGNED.exec(trimmed);
  if (signed !== null) {
    if (signed[2]?.includes('.') !== true || signed[4]?.includes('.') !== true) return null;
    return onGlobe(signedBy(signed[2], isMinus(signed[1])), signedBy(signed[4], isMinus(signed[3])));
  }
  const lettered = LETTERED.exec(trimmed);
  if (lettered === null) return null;
  return onGlobe(
    signedBy(lettered[1], lettered[2]?.toUpperCase() === 'S'),
    signedBy(lettered[3], lettered[4]?.toUpperCase() === 'W'),
  );
}

function isMinus(sign: string | undefined): boolean {
  return sign === '-' || sign === '−';
}

function signedBy(digits: string | undefined, negative: boolean): number {
  return negative ? -Number(digits) : Number(digits);
}

function onGlobe(latitudeDeg: number, longitudeDeg: number): Position | null {
  const valid = Math.abs(latitudeDeg) <= 90 && Math.abs(longitudeDeg) <= 180;
  return valid ? { latitudeDeg, longitudeDeg } : null;
}
