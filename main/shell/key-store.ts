import { safeStorage } from 'electron';
import type { KeyStore } from '../station/ports/secret-store.ts';

/**
 * What Chromium writes before bytes that it encrypted on Linux with a key that is the same in every copy of Chromium
 * (components/os_crypt/async/browser/posix_key_provider.cc): it does so, silently, when no key store answers.
 * `getSelectedStorageBackend` does not tell: it speaks of the synchronous calls, which guess by the desktop's name.
 */
const PUBLIC_KEY_MARK = Buffer.from('v10');

/** Time for a person to unlock it. A station that waits for ever would never say why it does not start. */
const ANSWER_WITHIN_MS = 60_000;

/** The operating system's key store: Keychain, DPAPI, or what answers as Secret Service, KWallet or portal on Linux. */
export const osKeyStore: KeyStore = {
  seal: (secret) =>
    answerOf(async () => {
      if (!(await safeStorage.isAsyncEncryptionAvailable())) return null;
      const sealed = await safeStorage.encryptStringAsync(secret);
      return isProtected(sealed) ? sealed.toString('base64') : null;
    }),
  open: (sealed) =>
    answerOf(async () => {
      const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(Buffer.from(sealed, 'base64'));
      return { secret: result, stale: shouldReEncrypt };
    }),
};

/** Null: it is locked, or another user's or computer's, or nobody unlocked it. */
async function answerOf<Answer>(ask: () => Promise<Answer>): Promise<Answer | null> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('The key store did not answer.')), ANSWER_WITHIN_MS);
  try {
    return await Promise.race([ask(), tooLate]);
  } catch (error) {
    console.error(error);
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function isProtected(sealed: Buffer): boolean {
  return process.platform !== 'linux' || !sealed.subarray(0, PUBLIC_KEY_MARK.length).equals(PUBLIC_KEY_MARK);
}
