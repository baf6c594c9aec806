import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import type { Random } from '../ports/random.ts';
import type { SecretStore } from '../ports/secret-store.ts';

const FORM = 'v1.';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What the station's key does: it seals secrets for the database and makes names unreadable in it. */
export interface SecretBox {
  /** AES-256-GCM with a fresh nonce, bound to `owner`: a sealed secret moved to another account does not open. */
  seal(secret: Uint8Array, owner: string): string;
  /** Null: not sealed by this station for this owner, or damaged. */
  open(sealed: string, owner: string): Uint8Array | null;
  /** The same for the same text, and of no use without the key. */
  keyedHash(text: string): string;
}

export async function createSecretBox(
  secrets: Pick<SecretStore, 'stationKey'>,
  random: Random,
): Promise<SecretBox> {
  const stationKey = await secrets.stationKey();
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', stationKey, new Uint8Array(), `skyrescue ${purpose}`, 32));
  const sealingKey = derive('sealed secrets');
  const hashingKey = derive('keyed hashes');
  return {
    seal(secret, owner) {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, sealingKey, nonce).setAAD(Buffer.from(owner));
      const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
      return FORM + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
    },
    open(sealed, owner) {
      const bytes = Buffer.from(sealed.slice(FORM.length), 'base64url');
      if (!sealed.startsWith(FORM) || bytes.byteLength <= NONCE_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv(CIPHER, sealingKey, bytes.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(owner))
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const secret = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([secret, decipher.final()]);
      } catch {
        // The tag does not fit: another key, another owner, or changed bytes. What was deciphered is worth nothing.
        return null;
      }
    },
    keyedHash: (text) => createHmac('sha256', hashingKey).update(text).digest('hex'),
  };
}
