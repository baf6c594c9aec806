import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../preload/contract/errors.ts';

/**
 * Makes the directory of the records where it is missing, and in it the directory of the map packs that people add;
 * returns the latter. Refuses (STORAGE_UNAVAILABLE) where records cannot be kept.
 */
export async function prepareDataDirectory(dataDirectory: string): Promise<string> {
  const mapsDirectory = join(dataDirectory, 'maps');
  try {
    await mkdir(mapsDirectory, { recursive: true });
  } catch (error) {
    throw new Refusal(
      'STORAGE_UNAVAILABLE',
      `The records cannot be kept in ${dataDirectory}. Make it a directory that may be written to, or give another with --data-dir.`,
      { cause: error },
    );
  }
  return mapsDirectory;
}
