import { rename, rm } from 'node:fs/promises';
import { Refusal } from '../../preload/contract/errors.ts';
import {
  keyFile,
  keyOf,
  keyPaths,
  keyText,
  newKey,
  readIfThere,
  readKey,
  SEALED_WITH_KEY,
  syncFolderOf,
  writeOnce,
  writeUnfinished,
} from './key-file.ts';
import type { KeyPlace, KeyStore, SecretStore } from './ports/secret-store.ts';

interface Found extends KeyPlace {
  key: Uint8Array;
}

const NO_KEY_STORE =
  "This computer has no key store that the program can use. The station's key is in a file that only this user may read: whoever copies this user's files has it. Set up a key store (GNOME Keyring or KWallet on Linux), then start the program again.";

/**
 * The station's key in `station.key.sealed` beside the database, sealed by the operating system's key store. A plain
 * `station.key` is taken over: it goes only when the sealed one is on the disk and was opened again, so that a power
 * cut leaves one of both. Where there is no key store, the plain file stays.
 */
export function sealedKey(dataDirectory: string, keyStore: KeyStore): SecretStore {
  let found: Promise<Found> | null = null;
  const find = (): Promise<Found> => {
    found ??= findKey(dataDirectory, keyStore);
    return found;
  };
  return {
    stationKey: async () => (await find()).key,
    async place() {
      const { keptIn, notice } = await find();
      return { keptIn, notice };
    },
  };
}

async function findKey(dataDirectory: string, keyStore: KeyStore): Promise<Found> {
  const paths = keyPaths(dataDirectory);
  const sealed = await readIfThere(paths.sealed);
  const plain = await readKey(paths.plain);
  const opened = sealed === null ? null : await openKey(sealed, keyStore);
  if (opened !== null) {
    if (plain !== null && keyText(plain) !== keyText(opened.key)) throw twoKeys(paths);
    if (opened.stale) await sealAnew(paths.sealed, opened.key, keyStore);
    if (plain !== null) await removePlain(paths.plain);
    return { key: opened.key, keptIn: 'KEY_STORE', notice: null };
  }
  if (sealed !== null && plain === null) throw notOpened(paths.sealed);
  return takeOver(dataDirectory, plain, sealed !== null, keyStore);
}

/** Seals the plain key, or one that is made now. */
async function takeOver(
  dataDirectory: string,
  plain: Uint8Array | null,
  replacesSealed: boolean,
  keyStore: KeyStore,
): Promise<Found> {
  const paths = keyPaths(dataDirectory);
  const key = plain ?? newKey();
  const sealed = await sealVerified(key, keyStore);
  if (sealed === null) {
    const kept = plain ?? (await keyFile(dataDirectory).stationKey());
    return { key: kept, keptIn: 'FILE', notice: NO_KEY_STORE };
  }
  if (replacesSealed) await replace(paths.sealed, sealed);
  else if (!(await writeOnce(paths.sealed, sealed))) {
    // Another program that started at the same moment was first.
    return findKey(dataDirectory, keyStore);
  }
  const written = await readIfThere(paths.sealed);
  const opened = written === null ? null : await openKey(written, keyStore);
  if (opened === null || keyText(opened.key) !== keyText(key)) throw notOpened(paths.sealed);
  if (plain !== null) await removePlain(paths.plain);
  return { key, keptIn: 'KEY_STORE', notice: null };
}

/** Null: there is no key store, or it does not give back what it was given. */
async function sealVerified(key: Uint8Array, keyStore: KeyStore): Promise<string | null> {
  const sealed = await keyStore.seal(keyText(key));
  if (sealed === null) return null;
  const opened = await openKey(sealed, keyStore);
  return opened !== null && keyText(opened.key) === keyText(key) ? sealed : null;
}

async function sealAnew(path: string, key: Uint8Array, keyStore: KeyStore): Promise<void> {
  const sealed = await sealVerified(key, keyStore);
  // What is there still opens: it is sealed anew at another start.
  if (sealed !== null) await replace(path, sealed);
}

async function replace(path: string, text: string): Promise<void> {
  await rename(await writeUnfinished(path, text), path);
  await syncFolderOf(path);
}

async function removePlain(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolderOf(path);
}

async function openKey(
  sealed: string,
  keyStore: KeyStore,
): Promise<{ key: Uint8Array; stale: boolean } | null> {
  const opened = await keyStore.open(sealed.trim());
  const key = opened === null ? null : keyOf(opened.secret);
  return opened === null || key === null ? null : { key, stale: opened.stale };
}

function notOpened(path: string): Refusal {
  return new Refusal(
    'STORAGE_UNAVAILABLE',
    `This computer's key store does not open the station's key (${path}). The records are untouched. If the key store is locked, unlock it and start again. If these files come from another computer or user, put a copy of station.key beside them, if there is one. To go on without the key, move ${path} away: then ${SEALED_WITH_KEY} must be entered again.`,
  );
}

function twoKeys({ plain, sealed }: { plain: string; sealed: string }): Refusal {
  return new Refusal(
    'CONFLICT',
    `There are two different keys of this station: ${plain}, and the one in this computer's key store (${sealed}). Move away the one that does not belong to these records, then start again. With the wrong one, ${SEALED_WITH_KEY} cannot be read; nothing of them is lost.`,
  );
}
