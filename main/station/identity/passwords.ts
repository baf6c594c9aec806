import bcrypt from '@node-rs/bcrypt';
import { Refusal } from '../../../preload/contract/errors.ts';
import { SHORTEST_PASSWORD } from '../../../preload/contract/session.ts';
import type { Random } from '../ports/random.ts';

/** The cost of every hash that this station makes: about 60 ms a guess. */
const BCRYPT_COST = 10;
/** bcrypt reads no further: two passwords that differ behind it would be the same one. */
const LONGEST_PASSWORD_BYTES = 72;
const FEWEST_DIFFERENT_CHARACTERS = 5;

export interface Passwords {
  /** Refuses (INVALID_INPUT), with the reason in words, what must not become a password. */
  hash(password: string, dispatcherId: string): Promise<string>;
  /** Takes as long for an account that does not exist (`hash` null) as for one that does. */
  matches(password: string, hash: string | null): Promise<boolean>;
}

export function createPasswords(random: Random): Passwords {
  let decoyHash: Promise<string> | null = null;
  const decoy = (): Promise<string> => {
    decoyHash ??= bcrypt.hash(Buffer.from(random.bytes(16)).toString('hex'), BCRYPT_COST);
    return decoyHash;
  };
  return {
    async hash(password, dispatcherId) {
      const text = normalised(password);
      const complaint = complaintAbout(text, dispatcherId);
      if (complaint !== null) throw new Refusal('INVALID_INPUT', complaint);
      return bcrypt.hash(text, BCRYPT_COST);
    },
    async matches(password, hash) {
      const text = normalised(password);
      const same = await bcrypt.verify(text, hash ?? (await decoy()));
      return same && hash !== null && Buffer.byteLength(text) <= LONGEST_PASSWORD_BYTES;
    },
  };
}

/** The same letters typed on another keyboard are the same password. */
function normalised(password: string): string {
  return password.normalize('NFC');
}

function complaintAbout(password: string, dispatcherId: string): string | null {
  const characters = [...password];
  if (characters.length < SHORTEST_PASSWORD)
    return `The password needs at least ${SHORTEST_PASSWORD} characters. This one has ${characters.length}.`;
  const bytes = Buffer.byteLength(password);
  if (bytes > LONGEST_PASSWORD_BYTES)
    return `The password may have at most ${LONGEST_PASSWORD_BYTES} bytes. This one has ${bytes}: letters outside English count as two to four. Choose a shorter one.`;
  if (/\p{Cc}/u.test(password))
    return 'The password contains characters that cannot be typed. Choose another one.';
  if (password.toLowerCase().includes(normalised(dispatcherId).toLowerCase()) && dispatcherId.length > 3)
    return 'The password must not contain the user name. Choose another one.';
  if (new Set(characters).size < FEWEST_DIFFERENT_CHARACTERS)
    return 'The password repeats a few characters only and is easily guessed. Choose another one.';
  return null;
}
