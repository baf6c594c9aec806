import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Link, LinkEvents, LinkPeer } from './link.ts';
import type { LinkAddress } from './parse-link-address.ts';

/** The default of 208 kB loses packets in a stall of 50 ms at 12,000 packets/s; this holds half a second of them. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/** A UDP socket that listens (`udpin`) or calls one peer (`udpout`), and opens again after a failure. */
export function openUdpLink(parts: {
  address: LinkAddress;
  clock: Clock;
  log: Log;
  events: LinkEvents;
}): Link {
  return new UdpLink(parts.address, parts.clock, parts.log, parts.events);
}

class UdpLink implements Link {
  readonly address: string;
  state: Link['state'] = 'OPENING';
  notice: string | null = null;
  calledPeer: LinkPeer | null = null;
  readonly #given: LinkAddress;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #events: LinkEvents;
  #socket: Socket | null = null;
  #sendFails = false;
  #bufferNotice: string | null = null;
  #retryDelayMs = FIRST_RETRY_MS;
  #cancelRetry: () => void = () => {};

  constructor(given: LinkAddress, clock: Clock, log: Log, events: LinkEvents) {
    this.address = given.text;
    this.#given = given;
    this.#clock = clock;
    this.#log = log;
    this.#events = events;
    this.#resolve();
  }

  send(peer: LinkPeer, bytes: Uint8Array): boolean {
    if (this.state !== 'OPEN' || this.#socket === null) return false;
    this.#socket.send(bytes, peer.port, peer.host, (error) => this.#sent(error));
    return true;
  }

  close(): Promise<void> {
    this.#cancelRetry();
    this.#become('CLOSED', null);
    return this.#dropSocket();
  }

  /** The name is looked up once, so that no packet ever waits for a name server. */
  #resolve(): void {
    const { host } = this.#given;
    if (isIP(host) !== 0) {
      this.#open(host);
      return;
    }
    lookup(host, (error, address) => {
      if (this.state === 'CLOSED') return;
      if (error === null) this.#open(address);
      else this.#fail(error.code ?? '', `The host "${host}" is not known. Check the name or the network.`);
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
    socket.on('error', (error: NodeJS.ErrnoException) => this.#fail(error.code ?? '', this.#sentence(error)));
    socket.on('listening', () => this.#opened(socket));
    socket.on('message', (bytes, from) => {
      // A called vehicle may answer from another port, but not from another machine.
      if (kind === 'udpout' && from.address !== hostAddress) return;
      this.#events.onDatagram(bytes, { host: from.address, port: from.port });
    });
    if (kind === 'udpin') socket.bind(port, hostAddress);
    else socket.bind(0);
  }

  #opened(socket: Socket): void {
    this.#retryDelayMs = FIRST_RETRY_MS;
    this.#sendFails = false;
    this.#bufferNotice = growReceiveBuffer(socket);
    this.#become('OPEN', this.#bufferNotice);
  }

  #sent(error: NodeJS.ErrnoException | null): void {
    if (this.state !== 'OPEN' || (error !== null) === this.#sendFails) return;
    this.#sendFails = error !== null;
    if (error !== null) this.#log.warn('link.send-failed', { address: this.address, code: error.code });
    this.#become(
      'OPEN',
      error === null
        ? this.#bufferNotice
        : `Sending on ${this.address} fails (${error.code ?? error.message}). Check the network.`,
    );
  }

  #fail(code: string, sentence: string): void {
    if (this.state === 'CLOSED') return;
    this.#log.warn('link.failed', { address: this.address, code, retryMs: this.#retryDelayMs });
    void this.#dropSocket();
    this.#become('FAILED', sentence);
    this.#cancelRetry();
    this.#cancelRetry = this.#clock.after(this.#retryDelayMs, () => this.#resolve());
    this.#retryDelayMs = Math.min(2 * this.#retryDelayMs, LAST_RETRY_MS);
  }

  #dropSocket(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return Promise.resolve();
    socket.removeAllListeners();
    // A socket that failed to bind may still report; there is nothing left to tell.
    socket.on('error', () => {});
    return new Promise((resolve) => socket.close(() => resolve()));
  }

  #become(state: Link['state'], notice: string | null): void {
    this.state = state;
    this.notice = notice;
    this.#events.onChange();
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
