import { TOTP } from 'otpauth';
import { createIdentity, type Identity } from '../../../main/station/identity/identity.ts';
import { keyFile } from '../../../main/station/key-file.ts';
import { systemRandom } from '../../../main/station/ports/random.ts';
import type { OpenStore } from '../../../main/station/store/open-store.ts';
import type { NewAccount } from '../../../preload/contract/people.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type LogLine, openTestStore, temporaryDirectory } from '../db/temporary-database.ts';

export const ADMIN = { dispatcherId: 'chief', password: 'correct horse battery' };
export const TEMPORARY_PASSWORD = 'given-by-the-chief';
export const OWN_PASSWORD = 'chosen-by-herself-9';

/** Identity on a real store that can be closed and opened again, and a clock that is moved by hand. */
export interface IdentityBench {
  identity: Identity;
  store: OpenStore['store'];
  readonly clock: FakeClock;
  readonly directory: string;
  readonly lines: LogLine[];
  reopen(): Promise<void>;
  /** Closes the store and leaves its files to be looked at. */
  closeStore(): Promise<void>;
  close(): Promise<void>;
  signIn(
    dispatcherId: string,
    password: string,
    secondFactor?: string,
  ): Promise<{ person: Person; token: string }>;
  /** An account that has chosen its own password. */
  addPerson(changes: Partial<NewAccount> & { dispatcherId: string }): Promise<void>;
  /** The second factor of a person: how codes are made, and the recovery codes. */
  enrol(dispatcherId: string): Promise<{ secret: string; code(): string; recoveryCodes: string[] }>;
}

export async function openBench(): Promise<IdentityBench> {
  const directory = temporaryDirectory();
  const clock = new FakeClock(Date.now());
  const lines: LogLine[] = [];
  let opened = await openTestStore(directory.path);
  const identityOn = ({ store }: OpenStore): Promise<Identity> =>
    createIdentity({
      store,
      clock,
      random: systemRandom,
      secrets: keyFile(directory.path),
      stationName: 'Fire Station 10',
    });
  const bench: IdentityBench = {
    identity: await identityOn(opened),
    store: opened.store,
    clock,
    directory: directory.path,
    lines,
    async reopen() {
      await bench.closeStore();
      opened = await openTestStore(directory.path);
      bench.store = opened.store;
      bench.identity = await identityOn(opened);
    },
    async closeStore() {
      lines.push(...opened.lines);
      await opened.close();
    },
    async close() {
      await opened.close();
      directory.remove();
    },
    signIn: (dispatcherId, password, secondFactor) =>
      bench.identity.signIn.signIn({ dispatcherId, password, secondFactor, newPassword: undefined }),
    async addPerson(changes) {
      const account: NewAccount = {
        firstName: 'Ana',
        lastName: 'Ruiz',
        email: null,
        role: 'DISPATCHER',
        permissions: null,
        coverageStates: ['MA'],
        password: TEMPORARY_PASSWORD,
        ...changes,
      };
      await bench.identity.administration.create(account, ADMIN.dispatcherId);
      await bench.identity.signIn.signIn({
        dispatcherId: changes.dispatcherId,
        password: account.password,
        secondFactor: undefined,
        newPassword: OWN_PASSWORD,
      });
    },
    async enrol(dispatcherId) {
      const { token } = await bench.signIn(dispatcherId, OWN_PASSWORD);
      const asking = { dispatcherId, token };
      const { secret, uri } = await bench.identity.ownAccount.beginSecondFactor(asking, OWN_PASSWORD);
      const totp = new TOTP({ secret });
      if (!uri.includes(secret)) throw new Error('The address does not carry the secret.');
      const code = (): string => totp.generate({ timestamp: clock.nowMs() });
      const recoveryCodes = await bench.identity.ownAccount.confirmSecondFactor(asking, code());
      return { secret, code, recoveryCodes };
    },
  };
  await bench.identity.signIn.createFirstAdministrator(ADMIN.dispatcherId, 'The Chief', ADMIN.password);
  return bench;
}
