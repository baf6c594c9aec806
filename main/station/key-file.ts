import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, link, open, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Refusal } from '../../preload/contract/errors.ts';
import type { SecretStore } from './ports/secret-store.ts';

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

/** What was sealed with the station's key, and must be entered again where it is lost. */
export const SEALED_WITH_KEY =
  "the centre's token (System, Sync), the signing keys of vehicles (System, Links) and the second factors of people";

/** Both lie beside the database: the key as it is, or sealed by the operating system's key store. */
export function keyPaths(dataDirectory: string): { plain: string; sealed: string } {
  return { plain: join(dataDirectory, 'station.key'), sealed: join(dataDirectory, 'station.key.sealed') };
}

/** The station's key in the file `station.key` beside the database, readable by its owner alone. */
export function keyFile(dataDirectory: string): SecretStore {
  let key: Promise<Uint8Array> | null = null;
  const store: SecretStore = {
    stationKey() {
      key ??= readOrMake(dataDirectory);
      return key;
    },
    async place() {
      await store.stationKey();
      return { keptIn: 'FILE', notice: null };
    },
  };
  return store;
}

async function readOrMake(dataDirectory: string): Promise<Uint8Array> {
  const { plain, sealed } = keyPaths(dataDirectory);
  const known = await readKey(plain);
  if (known !== null) return known;
  if (existsSync(sealed))
    throw new Refusal(
      'STORAGE_UNAVAILABLE',
      `The station's key is in this computer's key store (${sealed}), which only the desktop program can open. Start that, or put a copy of station.key beside it. To go on without the key, move ${sealed} away: then ${SEALED_WITH_KEY} must be entered again.`,
    );
  const key = newKey();
  const made = await writeOnce(plain, keyText(key));
  if (made) return key;
  // Of two that start at once, one makes the key and the other reads it.
  return (await readKey(plain)) ?? key;
}

export function newKey(): Uint8Array {
  return randomBytes(KEY_BYTES);
}

export function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('base64');
}

/** Null: not a key. */
export function keyOf(text: string): Uint8Array | null {
  const key = Buffer.from(text.trim(), 'base64');
  return key.byteLength === KEY_BYTES ? key : null;
}

/** The text of a file, or null where there is none. Refuses (STORAGE_UNAVAILABLE). */
export function readIfThere(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null;
    throw unusable(path, 'cannot be read', error);
  });
}

/** The key in a plain file; null: there is none. Refuses (STORAGE_UNAVAILABLE). */
export async function readKey(path: string): Promise<Uint8Array | null> {
  const text = await readIfThere(path);
  if (text === null) return null;
  const key = keyOf(text);
  if (key === null) throw unusable(path, 'is damaged');
  await chmod(path, OWNER_ONLY);
  return key;
}

/** Durable when it resolves. False: the file is there already, and stays as it is. Refuses (STORAGE_UNAVAILABLE). */
export async function writeOnce(path: string, text: string): Promise<boolean> {
  const unfinished = await writeUnfinished(path, text);
  try {
    // A link is made whole or not at all.
    await link(unfinished, path);
    await syncFolderOf(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw unusable(path, 'cannot be written', error);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** A new file beside `path`, written through to the disk. Refuses (STORAGE_UNAVAILABLE). */
export async function writeUnfinished(path: string, text: string): Promise<string> {
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(unfinished, `${text}\n`, { mode: OWNER_ONLY, flag: 'wx', flush: true }).catch(
    async (error: unknown) => {
      await rm(unfinished, { force: true });
      throw unusable(path, 'cannot be written', error);
    },
  );
  return unfinished;
}

/** What was linked, renamed or removed in the folder of `path` outlives a power cut. */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path)).catch(unlessUnsupported);
  await folder?.sync().catch(unlessUnsupported);
  await folder?.close();
}

/** Windows opens no directories, some file systems do not sync them; both keep a journal of their own. */
function unlessUnsupported(error: unknown): undefined {
  if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].some((code) => hasCode(error, code))) throw error;
}

function unusable(path: string, why: string, cause?: unknown): Refusal {
  return new Refusal(
    'STORAGE_UNAVAILABLE',
    `The station's key ${path} ${why}. Put it back from a backup. Without it, move the file away: then ${SEALED_WITH_KEY} must be entered again.`,
    { cause },
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
