import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { osKeyStore } from '../../../main/shell/key-store.ts';
import { keyFile } from '../../../main/station/key-file.ts';
import type { KeyStore, SecretStore } from '../../../main/station/ports/secret-store.ts';
import { sealedKey } from '../../../main/station/sealed-key.ts';

/** The computer: its key store, and its power. */
const computer = vi.hoisted(() => ({
  keyPath: '',
  answers: true,
  hangs: false,
  stepsLeft: Number.POSITIVE_INFINITY,
}));

vi.mock('electron', async () => {
  const { createSafeStorage } = await import('../../support/electron-stand-in/safe-storage.ts');
  const storage = () => createSafeStorage({ keyPath: computer.keyPath, answers: () => computer.answers });
  return {
    safeStorage: {
      isAsyncEncryptionAvailable: () => storage().isAsyncEncryptionAvailable(),
      encryptStringAsync: (text: string) => storage().encryptStringAsync(text),
      decryptStringAsync: (bytes: Buffer) =>
        computer.hangs ? new Promise(() => {}) : storage().decryptStringAsync(bytes),
    },
  };
});

/** Each change of the disk is a step; when none is left, the power is gone and nothing happens any more. */
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const step = (): void => {
    if (computer.stepsLeft <= 0) throw new Error('power cut');
    computer.stepsLeft -= 1;
  };
  return {
    ...real,
    writeFile: async (...args: Parameters<typeof real.writeFile>) => {
      step();
      return real.writeFile(...args);
    },
    link: async (...args: Parameters<typeof real.link>) => {
      step();
      return real.link(...args);
    },
    rename: async (...args: Parameters<typeof real.rename>) => {
      step();
      return real.rename(...args);
    },
    rm: async (...args: Parameters<typeof real.rm>) => {
      step();
      return real.rm(...args);
    },
  };
});

let parent = '';
let directory = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'skyrescue-key-store-'));
  Object.assign(computer, {
    keyPath: join(parent, 'os-key-store'),
    answers: true,
    hangs: false,
    stepsLeft: Number.POSITIVE_INFINITY,
  });
  directory = mkdtempSync(join(parent, 'records-'));
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(parent, { recursive: true, force: true });
});

const start = (keyStore: KeyStore = osKeyStore): SecretStore => sealedKey(directory, keyStore);
const files = (): string[] => readdirSync(directory).sort();
const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex');
const pathOf = (name: string): string => join(directory, name);

test('a new station has its key in the key store alone, and finds it again', async () => {
  const key = await start().stationKey();
  expect(files()).toEqual(['station.key.sealed']);
  expect(statSync(pathOf('station.key.sealed')).mode & 0o777).toBe(0o600);
  const written = readFileSync(pathOf('station.key.sealed'), 'utf8');
  for (const form of ['base64', 'hex', 'latin1'] as const) {
    expect(written).not.toContain(Buffer.from(key).toString(form));
    expect(Buffer.from(written, 'base64').includes(Buffer.from(Buffer.from(key).toString(form)))).toBe(false);
  }
  expect(hex(await start().stationKey())).toBe(hex(key));
  expect(await start().place()).toEqual({ keptIn: 'KEY_STORE', notice: null });
});

test('of several that start at once on new records, all have one key', async () => {
  const keys = await Promise.all([1, 2, 3].map(() => start().stationKey()));
  expect(new Set(keys.map(hex)).size).toBe(1);
  expect(files()).toEqual(['station.key.sealed']);
});

test('a plain key is taken over, and the plain file goes', async () => {
  const key = await keyFile(directory).stationKey();
  expect(hex(await start().stationKey())).toBe(hex(key));
  expect(files()).toEqual(['station.key.sealed']);
  expect(hex(await start().stationKey())).toBe(hex(key));
});

test('whichever step a power cut comes after, the next start has the same key', async () => {
  let step = 0;
  for (let isDone = false; !isDone; step++) {
    directory = mkdtempSync(join(parent, 'records-'));
    const key = await keyFile(directory).stationKey();
    computer.stepsLeft = step;
    isDone = await start()
      .stationKey()
      .then(
        () => true,
        () => false,
      );
    const left = files();
    expect(left.includes('station.key') || left.includes('station.key.sealed')).toBe(true);
    computer.stepsLeft = Number.POSITIVE_INFINITY;
    expect(hex(await start().stationKey()), `cut after step ${step}: ${left}`).toBe(hex(key));
    expect(files()).not.toContain('station.key');
  }
  // Written aside, linked into place, the one aside removed, the plain one removed.
  expect(step).toBe(5);
});

test('the plain file stays until the sealed one was opened again', async () => {
  const key = await keyFile(directory).stationKey();
  let openings = 0;
  const forgetful: KeyStore = {
    seal: (secret) => osKeyStore.seal(secret),
    open: async (sealed) => (++openings < 2 ? osKeyStore.open(sealed) : null),
  };
  await expect(start(forgetful).stationKey()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  expect(files()).toContain('station.key');
  expect(hex(await start().stationKey())).toBe(hex(key));
});

test('where no key store answers, the key is a file of its owner alone, and that is said', async () => {
  computer.answers = false;
  const key = await start().stationKey();
  expect(files()).toEqual(['station.key']);
  expect(statSync(pathOf('station.key')).mode & 0o777).toBe(0o600);
  expect(await start().place()).toEqual({
    keptIn: 'FILE',
    notice: expect.stringMatching(/no key store.*Set up a key store/),
  });
  // One that was set up since takes it over.
  computer.answers = true;
  expect(hex(await start().stationKey())).toBe(hex(key));
  expect(files()).toEqual(['station.key.sealed']);
});

test('a key store that is locked, or another, refuses with the way out, and no key is made', async () => {
  const key = await start().stationKey();
  const refusal = {
    code: 'STORAGE_UNAVAILABLE',
    message: expect.stringMatching(
      /unlock it.*copy of station\.key.*move .*sealed away.*token.*signing keys.*second factors/,
    ),
  };
  computer.answers = false;
  await expect(start().stationKey()).rejects.toMatchObject(refusal);
  computer.answers = true;
  const other = { ...computer };
  computer.keyPath = join(parent, 'the-key-store-of-another-computer');
  await expect(start().stationKey()).rejects.toMatchObject(refusal);
  expect(files()).toEqual(['station.key.sealed']);
  // The host without a key store says the same, instead of making a key.
  await expect(keyFile(directory).stationKey()).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    message: expect.stringContaining('Start that, or put a copy of station.key beside it.'),
  });
  expect(files()).toEqual(['station.key.sealed']);
  Object.assign(computer, other);
  expect(hex(await start().stationKey())).toBe(hex(key));
});

test('a key store that waits for somebody to unlock it is not waited for forever', async () => {
  computer.hangs = true;
  vi.useFakeTimers();
  try {
    const refused = expect(osKeyStore.open('djEx')).resolves.toBeNull();
    await vi.advanceTimersByTimeAsync(61_000);
    await refused;
  } finally {
    vi.useRealTimers();
  }
});

test('on another computer a copy of the plain key is sealed for that one', async () => {
  const key = await keyFile(directory).stationKey();
  const copy = readFileSync(pathOf('station.key'));
  await start().stationKey();
  computer.keyPath = join(parent, 'the-key-store-of-another-computer');
  writeFileSync(pathOf('station.key'), copy);
  expect(hex(await start().stationKey())).toBe(hex(key));
  expect(files()).toEqual(['station.key.sealed']);
  expect(hex(await start().stationKey())).toBe(hex(key));
});

test('of two different keys none is chosen and none removed', async () => {
  await start().stationKey();
  writeFileSync(pathOf('station.key'), `${Buffer.alloc(32, 7).toString('base64')}\n`);
  await expect(start().stationKey()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('two different keys'),
  });
  expect(files()).toEqual(['station.key', 'station.key.sealed']);
});

test('what the key store calls stale is sealed anew', async () => {
  computer.answers = false;
  const key = Buffer.alloc(32, 3);
  const publicly = await (await import('electron')).safeStorage.encryptStringAsync(key.toString('base64'));
  writeFileSync(pathOf('station.key.sealed'), publicly.toString('base64'));
  computer.answers = true;
  expect(hex(await start().stationKey())).toBe(hex(key));
  const written = Buffer.from(readFileSync(pathOf('station.key.sealed'), 'utf8'), 'base64');
  expect(written.toString('latin1', 0, 3)).toBe('v11');
  expect(hex(await start().stationKey())).toBe(hex(key));
});
