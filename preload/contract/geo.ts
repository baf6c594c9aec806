import { z } from 'zod';

/** WGS 84 (EPSG:4326). */
export const position = z.object({
  latitudeDeg: z
    .number('Latitude must be a number.')
    .min(-90, 'Latitude must be between -90 and 90 degrees.')
    .max(90, 'Latitude must be between -90 and 90 degrees.'),
  longitudeDeg: z
    .number('Longitude must be a number.')
    .min(-180, 'Longitude must be between -180 and 180 degrees.')
    .max(180, 'Longitude must be between -180 and 180 degrees.'),
});
export type Position = z.infer<typeof position>;

/** A closed ring without the repeated last vertex: at least three corners. */
export const polygon = z
  .array(position)
  .min(3, 'A zone needs at least three corners.')
  .max(1000, 'A zone may have at most 1,000 corners.');

/** UTC, milliseconds since 1970-01-01. */
export const instantMs = z.number().int().min(0).max(4_102_444_800_000);

/** Text a person typed: bounded, without control characters other than line breaks and tabs. */
export const personText = (field: string, maximum: number) =>
  z
    .string()
    .max(maximum, `${field} may have at most ${maximum.toLocaleString('en')} characters.`)
    .refine((text) => !hasControlCharacters(text), `${field} contains characters that cannot be shown.`);

/** Text that must say something. */
export const requiredText = (field: string, maximum: number) =>
  personText(field, maximum).refine((text) => text.trim() !== '', `${field} must not be empty.`);

function hasControlCharacters(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 32 && code !== 9 && code !== 10 && code !== 13) return true;
  }
  return false;
}

export const droneId = requiredText('The drone id', 50).regex(
  /^[A-Za-z0-9][A-Za-z0-9 ._-]*$/,
  'A drone id has letters, digits, spaces, dots, dashes and underscores only.',
);
export const recordId = z.uuid('The record id is not valid.');
