import type { ClientContext, ClientLink } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';

/** One open line to the station. */
export interface Transport {
  readonly link: ClientLink<ClientContext>;
  /** Settles once, when the line is gone for whatever reason. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Where lines come from. `open` rejects when there is none to be had now. */
export interface TransportSource {
  /** Whether closing a silent line gives a fresh one. */
  readonly reopens: boolean;
  open(): Promise<Transport>;
}

const OPEN_TIMEOUT_MS = 5_000;

export function socketSource(url: string): TransportSource {
  return {
    reopens: true,
    async open() {
      const socket = new WebSocket(url);
      await opened(socket);
      // Before `closed`: the link must end its calls first, else it tries to say so on the closed socket.
      const link = new SocketLink({ websocket: socket });
      const closed = new Promise<void>((resolve) => {
        socket.addEventListener('close', () => resolve(), { once: true });
      });
      return { link, closed, close: () => socket.close() };
    },
  };
}

/** Resolves when the socket is open: a link made earlier would keep requests until then, which F1 forbids. */
function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.close(), OPEN_TIMEOUT_MS);
    socket.addEventListener(
      'open',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
    socket.addEventListener(
      'close',
      () => {
        clearTimeout(timer);
        reject(new Error('The station does not answer.'));
      },
      { once: true },
    );
  });
}

/** The desktop shell hands a fresh port to the page at the start and again whenever the station was restarted. */
export function portSource(page: Window): TransportSource {
  let current: MessagePort | null = null;
  let waiting: MessagePort | null = null;
  let wake: ((port: MessagePort) => void) | null = null;
  // The shell says when the station ended: a port of its own accord may stay silent about it.
  const endCurrent = (): void => {
    current?.dispatchEvent(new Event('close'));
    current?.close();
    current = null;
  };
  page.addEventListener('message', (event) => {
    if (event.source !== page) return;
    const port = event.ports[0];
    if (event.data === 'skyrescue:station-ended') {
      waiting = null;
      endCurrent();
    } else if (event.data === 'skyrescue:port' && port !== undefined) {
      endCurrent();
      if (wake === null) waiting = port;
      else wake(port);
      wake = null;
    }
  });
  const nextPort = (): Promise<MessagePort> => {
    const port = waiting;
    waiting = null;
    if (port !== null) return Promise.resolve(port);
    return new Promise((resolve) => {
      wake = resolve;
    });
  };
  return {
    reopens: false,
    async open() {
      const port = await nextPort();
      const link = new PortLink({ port });
      const closed = new Promise<void>((resolve) => {
        port.addEventListener('close', () => resolve(), { once: true });
      });
      current = port;
      port.start();
      return { link, closed, close: () => port.close() };
    },
  };
}
