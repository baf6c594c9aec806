import { connect, type Socket } from 'node:net';
import type { LinkPeer } from './link.ts';
import type { NetworkAddress } from './parse-link-address.ts';
import { type LinkParts, RetryingLink } from './retrying-link.ts';

const LAST_RETRY_MS = 10_000;
const CONNECT_MS = 5_000;
/**
 * A vehicle says something every second. TCP keeps what it cannot deliver and brings it later; a command must not
 * arrive later (F1). After this silence the connection is reset, and what waits in it is gone.
 */
const SILENT_MS = 5_000;
const CHECK_MS = 1_000;
/** More than this not yet taken by the operating system: the peer does not read, so nothing more is sent. */
const MOST_UNSENT_BYTES = 16_384;

/** A TCP connection to a vehicle or a bridge that listens, made again whenever it ends. */
export class TcpLink extends RetryingLink {
  readonly #given: NetworkAddress;
  #socket: Socket | null = null;
  #heardAtMs = 0;
  #stopChecking: () => void = () => {};

  constructor(given: NetworkAddress, parts: LinkParts) {
    super(given.text, parts, LAST_RETRY_MS);
    this.#given = given;
    this.calledPeer = { host: given.host, port: given.port };
  }

  send(_peer: LinkPeer, bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (this.state !== 'OPEN' || socket === null || socket.writableLength > MOST_UNSENT_BYTES) return false;
    socket.write(bytes);
    return true;
  }

  protected connect(): void {
    const { host, port } = this.#given;
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    this.#socket = socket;
    this.#heardAtMs = this.clock.monotonicMs();
    this.#stopChecking = this.clock.every(CHECK_MS, () => this.#check());
    socket.on('connect', () => {
      this.#heardAtMs = this.clock.monotonicMs();
      this.opened(null);
    });
    socket.on('data', (bytes: Buffer) => {
      this.#heardAtMs = this.clock.monotonicMs();
      this.events.onStream(bytes);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => this.fail(error.code ?? '', this.#sentence(error)));
    socket.on('close', () =>
      this.fail('closed', `${host}:${port} ended the connection. The station calls again.`),
    );
  }

  protected disconnect(): Promise<void> {
    this.#stopChecking();
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return Promise.resolve();
    socket.removeAllListeners();
    socket.on('error', () => {});
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      // A reset, where a close would still deliver what waits.
      if (socket.connecting || socket.destroyed) socket.destroy();
      else socket.resetAndDestroy();
      if (socket.closed) resolve();
    });
  }

  #check(): void {
    const silentMs = this.clock.monotonicMs() - this.#heardAtMs;
    const { host, port } = this.#given;
    if (this.state === 'OPEN' && silentMs > SILENT_MS)
      this.fail('silent', `${host}:${port} is connected and says nothing. The station connects anew.`);
    else if (this.state !== 'OPEN' && silentMs > CONNECT_MS)
      this.fail('timeout', `${host}:${port} does not answer. Check the address and the network.`);
  }

  #sentence(error: NodeJS.ErrnoException): string {
    const { host, port } = this.#given;
    switch (error.code) {
      case 'ECONNREFUSED':
        return `Nothing listens on ${host}:${port}. Start the vehicle or the bridge there, or check the port.`;
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        return `The host "${host}" is not known. Check the name or the network.`;
      case 'EHOSTUNREACH':
      case 'ENETUNREACH':
        return `There is no network to ${host}. Check the cables and the network.`;
      default:
        return `The link ${this.address} failed: ${error.message}. The station keeps trying.`;
    }
  }
}
