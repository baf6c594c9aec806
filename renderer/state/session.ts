import type { InferContractRouterOutputs } from '@orpc/contract';
import type { contract } from '../../preload/contract/index.ts';
import type { Person } from '../../preload/contract/session.ts';
import type { Connection } from '../client/connection.ts';
import { failureOf } from '../client/failure.ts';
import { createStore, type Readable } from './store.ts';

export type Greeting = InferContractRouterOutputs<typeof contract>['session']['greeting'];

export interface SessionState {
  readonly greeting: Greeting | null;
  /** Stays while the line is down, so that the last picture stays on screen, dimmed. */
  readonly person: Person | null;
  /** UTC, ms, by the station's clock; null: not known yet. */
  readonly endsAtMs: number | null;
  /** The line on which the station knows this person; null: feeds and requests would be refused. */
  readonly readyEpoch: number | null;
  /** The stored session is being tried: do not show the sign-in page yet. */
  readonly resuming: boolean;
  /** Why the sign-in page is shown, where the person did not ask for it. */
  readonly notice: string | null;
}

export interface Credentials {
  readonly dispatcherId: string;
  readonly password: string;
  readonly secondFactor?: string;
  readonly newPassword?: string;
}

export interface FirstAdministrator {
  readonly dispatcherId: string;
  readonly displayName: string;
  readonly password: string;
}

export interface Session {
  readonly state: Readable<SessionState>;
  /** As `state.readyEpoch`, for feeds. */
  readonly gate: Readable<number | null>;
  /** Makes the first administrator of an empty station, then signs them in. Throws what the station answered. */
  createFirstAdministrator(account: FirstAdministrator): Promise<void>;
  /** Throws what the station answered. */
  signIn(credentials: Credentials): Promise<void>;
  signOut(): Promise<void>;
  /** The station told who the person is now: permissions change while they work. */
  learned(now: { person: Person; endsAtMs: number }): void;
  /** A feed failed: where the reason is that the session has ended, the sign-in page says so. */
  lapsed(error: unknown): void;
}

const TOKEN_KEY = 'skyrescue.session';

const NOBODY: SessionState = {
  greeting: null,
  person: null,
  endsAtMs: null,
  readyEpoch: null,
  resuming: false,
  notice: null,
};

export function createSession(connection: Connection, storage: Storage): Session {
  const state = createStore<SessionState>({
    ...NOBODY,
    resuming: storage.getItem(TOKEN_KEY) !== null,
  });
  const gate = createStore<number | null>(null);
  const update = (part: Partial<SessionState>): void => {
    state.set({ ...state.get(), ...part });
    gate.set(state.get().readyEpoch);
  };

  const greet = async (): Promise<void> => update({ greeting: await connection.client.session.greeting() });

  const resume = async (epoch: number): Promise<void> => {
    const token = storage.getItem(TOKEN_KEY);
    if (token === null) {
      update({ resuming: false });
      return;
    }
    try {
      const { person } = await connection.client.session.resume({ token });
      if (connection.state.get().epoch === epoch) update({ person, readyEpoch: epoch, resuming: false });
    } catch (error) {
      const { code, sentence } = failureOf(error);
      // A broken line says nothing about the session: the next line tries again.
      if (code === 'NOT_SENT' || code === 'OUTCOME_NOT_KNOWN') return;
      storage.removeItem(TOKEN_KEY);
      update({ person: null, resuming: false, notice: sentence });
    }
  };

  const onConnection = (): void => {
    const { phase, epoch } = connection.state.get();
    if (phase !== 'OPEN') {
      update({ readyEpoch: null });
      return;
    }
    greet().catch((error: unknown) => console.warn('The station did not greet.', error));
    void resume(epoch);
  };
  connection.state.subscribe(onConnection);
  if (connection.state.get().phase === 'OPEN') onConnection();

  const signIn = async (credentials: Credentials): Promise<void> => {
    const { epoch } = connection.state.get();
    const { person, token } = await connection.client.session.signIn({ ...credentials });
    storage.setItem(TOKEN_KEY, token);
    update({ notice: null });
    const now = connection.state.get();
    if (now.phase !== 'OPEN') return;
    if (now.epoch === epoch) update({ person, readyEpoch: epoch });
    else await resume(now.epoch);
  };

  return {
    state,
    gate,
    signIn,
    async createFirstAdministrator(account) {
      await connection.client.session.createFirstAdministrator(account);
      await greet();
      await signIn({ dispatcherId: account.dispatcherId, password: account.password });
    },
    async signOut() {
      storage.removeItem(TOKEN_KEY);
      update({ person: null, readyEpoch: null });
      await connection.client.session.signOut();
    },
    learned: ({ person, endsAtMs }) => update({ person, endsAtMs }),
    lapsed(error) {
      const { code, sentence } = failureOf(error);
      if (code !== 'NOT_SIGNED_IN') return;
      storage.removeItem(TOKEN_KEY);
      update({ person: null, readyEpoch: null, notice: sentence });
    },
  };
}
