import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** What Chromium on Linux encrypts with where no key store answers: the same in every copy of it. */
const PUBLIC_KEY = pbkdf2Sync('peanuts', 'saltysalt', 1, 16, 'sha1');
const PUBLIC_MARK = 'v10';
const KEY_STORE_MARK = 'v11';

/**
 * As Electron's asynchronous `safeStorage` on Linux, with real encryption: with a key of the key store where it answers
 * (kept at `keyPath`, made at its first use), else, without a word, with the public one.
 */
export function createSafeStorage({ keyPath, answers }: { keyPath: string; answers: () => boolean }) {
  const keyOfStore = (): Buffer => {
    if (!existsSync(keyPath)) writeFileSync(keyPath, randomBytes(16));
    return readFileSync(keyPath);
  };
  return {
    isAsyncEncryptionAvailable: async () => true,
    async encryptStringAsync(text: string): Promise<Buffer> {
      const [mark, key] = answers() ? [KEY_STORE_MARK, keyOfStore()] : [PUBLIC_MARK, PUBLIC_KEY];
      const initial = randomBytes(16);
      const cipher = createCipheriv('aes-128-cbc', key, initial);
      return Buffer.concat([Buffer.from(mark), initial, cipher.update(text, 'utf8'), cipher.final()]);
    },
    async decryptStringAsync(bytes: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }> {
      const mark = bytes.toString('latin1', 0, 3);
      const isPublic = mark === PUBLIC_MARK;
      if (!isPublic && (mark !== KEY_STORE_MARK || !answers()))
        throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptStringAsync.');
      const decipher = createDecipheriv(
        'aes-128-cbc',
        isPublic ? PUBLIC_KEY : keyOfStore(),
        bytes.subarray(3, 19),
      );
      const result = Buffer.concat([decipher.update(bytes.subarray(19)), decipher.final()]);
      return { result: result.toString('utf8'), shouldReEncrypt: isPublic && answers() };
    },
  };
}
