import { z } from 'zod';

/** One map pack, as `/tiles/packs.json` lists it. Zooms and tile numbers are those of the XYZ scheme. */
export const tilePackDescription = z.object({
  packId: z.string(),
  /** As people know it: the name in the file, or the file's own. */
  name: z.string(),
  fileName: z.string(),
  format: z.enum(['VECTOR', 'RASTER']),
  minZoom: z.number().int(),
  maxZoom: z.number().int(),
  /** Degrees, WGS 84: west, south, east, north. */
  bounds: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  /** Plain text, without markup. */
  attribution: z.string(),
  /** Names of the layers of a vector pack; empty when the file does not say. */
  vectorLayers: z.array(z.string()),
});
export type TilePackDescription = z.infer<typeof tilePackDescription>;
