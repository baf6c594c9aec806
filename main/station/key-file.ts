import { randomBytes } from 'node:crypto';
import { chmod, link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../preload/contract/errors.ts';
import type { SecretStore } from './ports/secret-store.ts';

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

/** The station's key in the file `station.key` beside the database, readable by its owner alone. */
export function keyFile(dataDirectory: string): SecretStore {
  const path = join(dataDirectory, 'station.key');
  let key: Promise<Uint8Array> | null = null;
  return {
    stationKey() {
      key ??= readOrMake(path);
      return key;
    },
  };
}

async function readOrMake(path: string): Promise<Uint8Array> {
  const known = await readKey(path);
  if (known !== null) return known;
  const key = randomBytes(KEY_BYTES);
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(unfinished, `${key.toString('base64')}\n`, { mode: OWNER_ONLY, flag: 'wx', flush: true });
    // A link is made whole or not at all: of two that start at once, one makes the key and the other reads it.
    await link(unfinished, path);
    return key;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return (await readKey(path)) ?? key;
    throw unusable(path, 'cannot be written', error);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** Null: there is none yet. */
async function readKey(path: string): Promise<Uint8Array | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null;
    throw unusable(path, 'cannot be read', error);
  });
  if (text === null) return null;
  const key = Buffer.from(text.trim(), 'base64');
  if (key.byteLength !== KEY_BYTES) throw unusable(path, 'is damaged');
  await chmod(path, OWNER_ONLY);
  return key;
}

function unusable(path: string, why: string, cause?: unknown): Refusal {
  return new Refusal(
    'STORAGE_UNAVAILABLE',
    `The station's key ${path} ${why}. Put it back from a backup. Without it, move the file away: then second factors must be set up anew.`,
    { cause },
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
