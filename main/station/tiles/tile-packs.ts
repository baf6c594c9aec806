import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { TilePackDescription } from '../../../preload/contract/tiles.ts';
import { openMbtilesPack } from './mbtiles-pack.ts';
import { openPmtilesPack } from './pmtiles-pack.ts';
import type { Tile, TilePack } from './tile-pack.ts';

/** The map packs that are open. The host serves `list` and `read` to the page. */
export interface TilePacks {
  list(): TilePackDescription[];
  /** Files that could not be opened, each with a sentence for people. */
  refused(): { fileName: string; sentence: string }[];
  /**
   * Null: no such pack, or no such tile in it. The host answers that with 204 and an empty body.
   * Throws a Refusal when the file is damaged at that tile.
   */
  read(packId: string, z: number, x: number, y: number): Promise<Tile | null>;
  close(): Promise<void>;
}

const MAX_ZOOM = 24;
const MAX_PACKS = 64;

/**
 * Opens every `.pmtiles` and `.mbtiles` file among `paths`, which may name files and directories. A pack's id is its
 * file name, so `base.pmtiles` is the pack `base`. A bad file is refused and keeps no other from opening; a path that
 * does not exist throws, as that is the host's mistake.
 */
export async function openTilePacks(paths: string | readonly string[]): Promise<TilePacks> {
  const packs = new Map<string, { pack: TilePack; fileName: string }>();
  const refusals: { fileName: string; sentence: string }[] = [];
  for (const path of await packFiles(typeof paths === 'string' ? [paths] : paths)) {
    const fileName = basename(path);
    try {
      if (packs.size === MAX_PACKS)
        throw new Refusal(
          'INVALID_INPUT',
          `${fileName} was not opened: at most ${MAX_PACKS} map packs can be.`,
        );
      const pack = await openTilePack(path);
      packs.set(freeId(fileName, packs), { pack, fileName });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusals.push({ fileName, sentence: error.message });
    }
  }
  return {
    list: () => [...packs].map(([packId, { pack, fileName }]) => ({ packId, fileName, ...pack.description })),
    refused: () => [...refusals],
    async read(packId, z, x, y) {
      const open = packs.get(packId);
      return open === undefined || !isTile(z, x, y) ? null : await open.pack.read(z, x, y);
    },
    async close() {
      const open = [...packs.values()];
      packs.clear();
      await Promise.all(open.map(({ pack }) => pack.close()));
    },
  };
}

/** Throws a Refusal that says what is wrong with the file. */
async function openTilePack(path: string): Promise<TilePack> {
  const fileName = basename(path);
  try {
    return extname(path).toLowerCase() === '.pmtiles'
      ? await openPmtilesPack(path, fileName)
      : openMbtilesPack(path, fileName);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const sentence = `${fileName} cannot be read. Check that the file is there and may be opened.`;
    throw new Refusal('INVALID_INPUT', sentence, { cause: error });
  }
}

async function packFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) files.push(path);
    else for (const name of (await readdir(path)).sort()) if (isPackName(name)) files.push(join(path, name));
  }
  return files;
}

const isPackName = (name: string): boolean => ['.pmtiles', '.mbtiles'].includes(extname(name).toLowerCase());

/** Ids go into addresses: lower case letters, digits and dashes. */
function freeId(fileName: string, taken: ReadonlyMap<string, unknown>): string {
  const stem = basename(fileName, extname(fileName))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const id = stem.replaceAll(/^-+|-+$/g, '') || 'pack';
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? id : `${id}-${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function isTile(z: number, x: number, y: number): boolean {
  if (!Number.isInteger(z) || z < 0 || z > MAX_ZOOM) return false;
  const within = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < 2 ** z;
  return within(x) && within(y);
}
