import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import type { LinkPeer } from './link.ts';
import type { NetworkAddress } from './parse-link-address.ts';
import { type LinkParts, RetryingLink } from './retrying-link.ts';

/** The default of 208 kB loses packets in a stall of 50 ms at 12,000 packets/s; this holds half a second of them. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const LAST_RETRY_MS = 30_000;

/** A UDP socket that listens (`udpin`) or calls one peer (`udpout`), and opens again after a failure. */
export class UdpLink extends RetryingLink {
  readonly #given: NetworkAddress;
  #socket: Socket | null = null;
  #sendFails = false;
  #bufferNotice: string | null = null;
  readonly #onSent = (error: NodeJS.ErrnoException | null): void => this.#sent(error);

  constructor(given: NetworkAddress, parts: LinkParts) {
    super(given.text, parts, LAST_RETRY_MS);
    this.#given = given;
  }

  send(peer: LinkPeer, bytes: Uint8Array): boolean {
    if (this.state !== 'OPEN' || this.#socket === null) return false;
    this.#socket.send(bytes, peer.port, peer.host, this.#onSent);
    return true;
  }

  /** The name is looked up once, so that no packet ever waits for a name server. */
  protected connect(): void {
    const { host } = this.#given;
    if (isIP(host) !== 0) {
      this.#open(host);
      return;
    }
    lookup(host, (error, address) => {
      if (this.state === 'CLOSED' || this.#socket !== null) return;
      if (error === null) this.#open(address);
      else this.fail(error.code ?? '', `The host "${host}" is not known. Check the name or the network.`);
    });
  }

  #open(hostAddress: string): void {
    const { kind, port } = this.#given;
    const family = isIPv6(hostAddress) ? 6 : 4;
    const socket = createSocket({
      type: `udp${family}`,
      // Peers are always numeric: answered at once, without a turn of the event loop for each packet.
      lookup: (host, _options, found) => found(null, host, family),
    });
    this.#socket = socket;
    if (kind === 'udpout') this.calledPeer = { host: hostAddress, port };
    socket.on('error', (error: NodeJS.ErrnoException) => this.fail(error.code ?? '', this.#sentence(error)));
    socket.on('listening', () => this.#opened(socket));
    socket.on('message', (bytes, from) => {
      // A called vehicle may answer from another port, but not from another machine.
      if (kind === 'udpout' && from.address !== hostAddress) return;
      this.events.onDatagram(bytes, from.address, from.port);
    });
    if (kind === 'udpin') socket.bind(port, hostAddress);
    else socket.bind(0);
  }

  #opened(socket: Socket): void {
    this.#sendFails = false;
    this.#bufferNotice = growReceiveBuffer(socket);
    this.opened(this.#bufferNotice);
  }

  #sent(error: NodeJS.ErrnoException | null): void {
    if (this.state !== 'OPEN' || (error !== null) === this.#sendFails) return;
    this.#sendFails = error !== null;
    if (error !== null) this.log.warn('link.send-failed', { address: this.address, code: error.code });
    this.become(
      'OPEN',
      error === null
        ? this.#bufferNotice
        : `Sending on ${this.address} fails (${error.code ?? error.message}). Check the network.`,
    );
  }

  protected disconnect(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return Promise.resolve();
    socket.removeAllListeners();
    // A socket that failed to bind may still report; there is nothing left to tell.
    socket.on('error', () => {});
    return new Promise((resolve) => socket.close(() => resolve()));
  }

  #sentence(error: NodeJS.ErrnoException): string {
    const { host, port } = this.#given;
    switch (error.code) {
      case 'EADDRINUSE':
        return `Another program already uses UDP port ${port} on this machine. Close it, or choose another port.`;
      case 'EADDRNOTAVAIL':
        return `This machine has no network address ${host}. Use 0.0.0.0 to listen on all of them.`;
      case 'EACCES':
        return `This machine does not allow the station to use UDP port ${port}. Choose a port above 1023.`;
      default:
        return `The link ${this.address} failed: ${error.message}. The station keeps trying.`;
    }
  }
}

/** Returns a notice when the kernel gives less than asked for. */
function growReceiveBuffer(socket: Socket): string | null {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // Some systems refuse what others clamp. Either way, what counts is what is granted.
  }
  // Linux reports twice what it grants: the other half is its own bookkeeping (socket(7), SO_RCVBUF).
  const granted = socket.getRecvBufferSize() / (process.platform === 'linux' ? 2 : 1);
  if (granted >= RECEIVE_BUFFER_BYTES) return null;
  return (
    `The system gives a receive buffer of ${Math.round(granted / 1024)} kB instead of ` +
    `${RECEIVE_BUFFER_BYTES / 1024} kB: packets can be lost in a burst. Raise net.core.rmem_max.`
  );
}
