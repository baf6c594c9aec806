import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Extension } from '@electric-sql/pglite';
import { postgis } from '@electric-sql/pglite-postgis';

export const SPATIAL_BUNDLE_FILE = 'postgis.tar.gz';

/**
 * PostGIS from the bundle that the build makes: the engine unpacks and compiles all that a bundle holds, and the
 * package's own holds raster and topology too, which cost every start seconds and a hundred megabytes.
 */
export function spatialExtension(preparedDirectory: string | null): Extension {
  const bundle = preparedDirectory === null ? null : join(preparedDirectory, SPATIAL_BUNDLE_FILE);
  if (bundle === null || !existsSync(bundle)) return postgis;
  return {
    name: postgis.name,
    setup: async (database, engineOptions) => ({
      ...(await postgis.setup(database, engineOptions)),
      bundlePath: pathToFileURL(bundle),
    }),
  };
}
