import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSecretBox } from '../../../main/station/identity/secret-box.ts';
import { keyFile } from '../../../main/station/key-file.ts';
import { systemRandom } from '../../../main/station/ports/random.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'skyrescue-key-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const box = () => createSecretBox(keyFile(directory), systemRandom);
const SECRET = Buffer.from('12345678901234567890');

test('a sealed secret opens for its owner, with the same key, also after a restart', async () => {
  const sealed = (await box()).seal(SECRET, 'ana');
  expect(Buffer.from((await box()).open(sealed, 'ana') ?? [])).toEqual(SECRET);
  expect(sealed.length).toBeLessThanOrEqual(100);
  expect(sealed).not.toContain(SECRET.toString('base64url').slice(0, 8));
});

test('it opens for nobody else, with no other key, and not when a bit was changed', async () => {
  const sealed = (await box()).seal(SECRET, 'ana');
  expect((await box()).open(sealed, 'ben')).toBe(null);
  const other = await createSecretBox({ stationKey: async () => new Uint8Array(32) }, systemRandom);
  expect(other.open(sealed, 'ana')).toBe(null);
  const bytes = Buffer.from(sealed.slice(3), 'base64url');
  for (const at of [0, 12, 30, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect((await box()).open(`v1.${changed.toString('base64url')}`, 'ana')).toBe(null);
  }
  for (const text of ['', 'v1.', 'v2.abc', 'JBSWY3DPEHPK3PXP'])
    expect((await box()).open(text, 'ana')).toBe(null);
});

test('the same secret is sealed differently each time; the same name is hashed the same', async () => {
  const { seal, keyedHash } = await box();
  expect(seal(SECRET, 'ana')).not.toBe(seal(SECRET, 'ana'));
  expect(keyedHash('ana')).toBe((await box()).keyedHash('ana'));
  expect(keyedHash('ana')).not.toBe(keyedHash('ben'));
});

test("the key file is its owner's alone; two that start at once have one key; a damaged one is said to be", async () => {
  const fresh = mkdtempSync(join(directory, 'fresh-'));
  const keys = await Promise.all([1, 2, 3].map(() => keyFile(fresh).stationKey()));
  expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
  const path = join(fresh, 'station.key');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  writeFileSync(path, 'half a key');
  await expect(keyFile(fresh).stationKey()).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    message: expect.stringContaining('station.key is damaged'),
  });
});
