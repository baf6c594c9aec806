import { safeStorage } from 'electron';
import type { KeyStore } from '../station/ports/secret-store.ts';

/**
 * What Chromium writes before bytes that it encrypted on Linux with a key that is the same in every copy of Chromium
 * (components/os_crypt/async/browser/posix_key_provider.cc): it does so, silently, when no key store answers.
 * `getSelectedStorageBackend` does not tell: it speaks of the synchronous calls, which guess by the desktop's name.
 */
const PUBLIC_KEY_MARK = Buffer.from('v10');

/** The operating system's key store: Keychain, DPAPI, or what answers as Secret Service, KWallet or portal on Linux. */
export const osKeyStore: KeyStore = {
  async seal(secret) {
    try {
      if (!(await safeStorage.isAsyncEncryptionAvailable())) return null;
      const sealed = await safeStorage.encryptStringAsync(secret);
      return isProtected(sealed) ? sealed.toString('base64') : null;
    } catch (error) {
      // Locked, and the person did not unlock it.
      console.error(error);
      return null;
    }
  },
  async open(sealed) {
    const bytes = Buffer.from(sealed, 'base64');
    try {
      const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(bytes);
      return { secret: result, stale: shouldReEncrypt };
    } catch (error) {
      // Locked, another user's, or another computer's: its words are the operating system's own.
      console.error(error);
      return null;
    }
  },
};

function isProtected(sealed: Buffer): boolean {
  return process.platform !== 'linux' || !sealed.subarray(0, PUBLIC_KEY_MARK.length).equals(PUBLIC_KEY_MARK);
}
