import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { WebSocket } from 'ws';
import type { contract } from '../preload/contract/index.ts';

export type StationClient = ContractRouterClient<typeof contract>;

/** The public contract over WebSocket, for scripts and tests. `url` is what the station printed: `http://…/#token=…`. */
export async function connectToStation(url: string): Promise<{ client: StationClient; close(): void }> {
  const page = new URL(url);
  const token = new URLSearchParams(page.hash.slice(1)).get('token') ?? '';
  const socket = new WebSocket(`ws://${page.host}/rpc?token=${encodeURIComponent(token)}`);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const client: StationClient = createORPCClient(
    new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }),
  );
  return { client, close: () => socket.terminate() };
}

/** The first value of a feed that satisfies `wanted`; an error after `timeoutMs`. */
export async function firstOf<Value>(
  feed: Promise<AsyncIterable<Value>>,
  wanted: (value: Value) => boolean,
  timeoutMs: number,
  what: string,
): Promise<Value> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  const iterator = (await feed)[Symbol.asyncIterator]();
  const timedOut = new Promise<never>((_resolve, reject) =>
    stop.signal.addEventListener('abort', () =>
      reject(new Error(`Timed out after ${timeoutMs} ms: ${what}`)),
    ),
  );
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), timedOut]);
      if (next.done === true) throw new Error(`The feed ended: ${what}`);
      if (wanted(next.value)) return next.value;
    }
  } finally {
    clearTimeout(timer);
    await iterator.return?.();
  }
}
