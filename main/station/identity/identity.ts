import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { SecretStore } from '../ports/secret-store.ts';
import type { Store } from '../store/store.ts';
import { type Administration, createAdministration } from './administration.ts';
import { createAttemptLimiter } from './attempt-limiter.ts';
import { createOwnAccount, type OwnAccount } from './own-account.ts';
import { createPasswords } from './passwords.ts';
import { createSecondFactor } from './second-factor.ts';
import { createSecretBox } from './secret-box.ts';
import { createSessionChanges, type SessionChanges } from './session-changes.ts';
import { createSignIn, type SignIn } from './sign-in.ts';

/** Who may use this station and what they may do: everything works with no network at all. */
export interface Identity {
  signIn: SignIn;
  ownAccount: OwnAccount;
  administration: Administration;
  /** Rings when sessions were ended or rights were changed. */
  sessionsChanged: SessionChanges['subscribe'];
}

export async function createIdentity(options: {
  store: Store;
  clock: Clock;
  random: Random;
  secrets: SecretStore;
  /** Shown in authenticator apps beside the user name. */
  stationName: string;
}): Promise<Identity> {
  const { store, clock, random, stationName } = options;
  const box = await createSecretBox(options.secrets, random);
  const changes = createSessionChanges();
  const limiter = createAttemptLimiter({ store, clock, box });
  const passwords = createPasswords(random);
  const secondFactor = createSecondFactor({ store, clock, random, box, stationName });
  return {
    signIn: createSignIn({ store, clock, random, limiter, passwords, secondFactor }),
    ownAccount: createOwnAccount({ store, clock, limiter, passwords, secondFactor, changes }),
    administration: createAdministration({ store, clock, limiter, passwords, changes }),
    sessionsChanged: changes.subscribe,
  };
}
