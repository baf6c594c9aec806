import { type ClientContext, type ClientLink, createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from '../../preload/contract/index.ts';
import { createStore, type Readable } from '../state/store.ts';
import { reconnectDelayMs } from './backoff.ts';
import { StationUnreachable } from './failure.ts';
import { AddressOutdated } from './outdated-address.ts';
import type { Transport, TransportSource } from './transport.ts';

export type StationClient = ContractRouterClient<typeof contract>;

export interface ConnectionState {
  readonly phase: 'CONNECTING' | 'OPEN' | 'LOST';
  /** Grows with every line that was opened: what belongs to an older line is void. */
  readonly epoch: number;
  readonly sinceMs: number;
  /** No line will ever open from this address: the station was started anew and printed another. */
  readonly outdated: boolean;
}

/** Longer than anything the station does before it answers, the retries of a command included. */
const ANSWER_TIMEOUT_MS = 30_000;

export interface Connection {
  readonly state: Readable<ConnectionState>;
  readonly client: StationClient;
  /** Drops a line that went silent so that a fresh one is opened. Does nothing where there is no other. */
  renew(): void;
}

/** Keeps a line to the station for as long as the page lives. */
export function connect(source: TransportSource): Connection {
  const state = createStore<ConnectionState>({
    phase: 'CONNECTING',
    epoch: 0,
    sinceMs: Date.now(),
    outdated: false,
  });
  let current: Transport | null = null;

  const link: ClientLink<ClientContext> = {
    call: (path, input, options) =>
      current === null
        ? Promise.reject(new StationUnreachable())
        : answered(current.link.call(path, input, options)),
  };

  const keepLine = async (): Promise<never> => {
    for (let attempt = 0; ; attempt++) {
      const transport = await source.open().catch((error: unknown) => {
        if (error instanceof AddressOutdated) state.set({ ...state.get(), outdated: true });
        return null;
      });
      if (transport !== null) {
        attempt = 0;
        current = transport;
        state.set({ phase: 'OPEN', epoch: state.get().epoch + 1, sinceMs: Date.now(), outdated: false });
        await transport.closed;
        current = null;
        state.set({ ...state.get(), phase: 'LOST', sinceMs: Date.now() });
      }
      await new Promise((resolve) => setTimeout(resolve, reconnectDelayMs(attempt, Math.random())));
    }
  };
  void keepLine();

  return {
    state,
    client: createORPCClient<StationClient>(link),
    renew: () => {
      if (source.reopens) current?.close();
    },
  };
}

/** A button must not say "sending" for ever: a request without an answer ends as not known. */
function answered(call: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('No answer in time.')), ANSWER_TIMEOUT_MS);
    call.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
