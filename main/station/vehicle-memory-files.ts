import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Log } from './ports/log.ts';
import type { KeptParameters, VehicleMemory } from './vehicle/tools/vehicle-memory.ts';

/** Files of each kind that are kept: those used longest ago go first. */
const MOST_FILES = 500;

/** A value that JSON has no number for ("NaN") is a text. */
const keptValue = z.union([z.number(), z.string()]).transform(Number);
const keptFile = z.object({
  format: z.literal(1),
  /** Of the text of `kept`. */
  crc: z.number().int(),
  kept: z.string(),
});
const keptParameters = z.object({
  firmware: z.string(),
  readAtMs: z.number(),
  hash: z.number().nullable(),
  parameters: z.array(z.tuple([z.string(), z.number().int(), keptValue])).max(10_000),
});

/**
 * What is known of vehicles, as files in the folder `vehicles` beside the database. Not in the database: it is a cache
 * that every vehicle can fill again, so no backup, no export and no other station needs it, and a damaged file costs one
 * reading. Writes to one file follow each other; each is whole, or the one before is still there.
 */
export function vehicleMemory(dataDirectory: string, log: Log): VehicleMemory {
  const folder = join(dataDirectory, 'vehicles');
  const writes = new Map<string, Promise<void>>();

  /** A memory that cannot be written costs time, not safety: it is logged and the work goes on. */
  function queued(name: string, work: (path: string) => Promise<void>): Promise<void> {
    const before = writes.get(name) ?? Promise.resolve();
    const done = before
      .then(() => work(join(folder, name)))
      .catch((error: unknown) =>
        log.warn('vehicle-memory-failed', {
          file: name,
          error: error instanceof Error ? error.name : 'unknown',
        }),
      )
      .finally(() => {
        if (writes.get(name) === done) writes.delete(name);
      });
    writes.set(name, done);
    return done;
  }
  const write = (name: string, bytes: Uint8Array | string): Promise<void> =>
    queued(name, async (path) => {
      await mkdir(folder, { recursive: true });
      await replace(path, bytes);
      await makeRoom(folder, name.slice(name.lastIndexOf('.')));
    });

  return {
    async loadParameters(identity) {
      const name = parametersName(identity);
      await writes.get(name);
      const text = await readFile(join(folder, name), 'utf8').catch(() => null);
      if (text === null) return null;
      const kept = readKept(text);
      if (kept === 'DAMAGED') log.warn('vehicle-memory-damaged', { file: name });
      return kept;
    },
    saveParameters: (identity, kept) => write(parametersName(identity), writeKept(kept)),
    forgetParameters: (identity) => queued(parametersName(identity), (path) => rm(path, { force: true })),
    loadDescription: (crc) => readFile(join(folder, descriptionName(crc))).catch(() => null),
    saveDescription: (crc, bytes) => write(descriptionName(crc), bytes),
  };
}

function parametersName(identity: string): string {
  return `${identity.replace(/[^A-Za-z0-9-]/g, '_')}.parameters`;
}

function descriptionName(crc: number): string {
  return `${(crc >>> 0).toString(16).padStart(8, '0')}.description`;
}

function writeKept({ parameters, ...kept }: KeptParameters): string {
  const rows = parameters.map(({ name, type, value }) => [
    name,
    type,
    Number.isFinite(value) ? value : String(value),
  ]);
  const text = JSON.stringify({ ...kept, parameters: rows });
  return JSON.stringify({ format: 1, crc: crc32(text), kept: text });
}

function readKept(text: string): KeptParameters | 'DAMAGED' {
  const file = keptFile.safeParse(parsed(text));
  if (!file.success || crc32(file.data.kept) !== file.data.crc) return 'DAMAGED';
  const kept = keptParameters.safeParse(parsed(file.data.kept));
  if (!kept.success) return 'DAMAGED';
  const parameters = kept.data.parameters.map(([name, type, value]) => ({ name, type, value }));
  return { ...kept.data, parameters };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function replace(path: string, bytes: Uint8Array | string): Promise<void> {
  const unfinished = `${path}.new`;
  const file = await open(unfinished, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}

async function makeRoom(folder: string, extension: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(extension));
  if (names.length <= MOST_FILES) return;
  const ages = await Promise.all(
    names.map(async (name) => ({ name, atMs: (await stat(join(folder, name))).mtimeMs })),
  );
  ages.sort((one, other) => one.atMs - other.atMs);
  for (const { name } of ages.slice(0, names.length - MOST_FILES))
    await rm(join(folder, name), { force: true });
}
