import type { SerialPort } from 'serialport';
import type { LinkPeer } from './link.ts';
import type { SerialAddress } from './parse-link-address.ts';
import { type LinkParts, RetryingLink } from './retrying-link.ts';
import { findAgain, listSerialPorts, loadSerialPort, serialNumberAt } from './serial-ports.ts';

/** A radio that is plugged in again is back this soon. */
const LAST_RETRY_MS = 2_000;
/** How much may wait for a slow line, as time: what is sent later than this is not sent (F1). */
const LONGEST_WAIT_S = 0.5;
/** Start and stop bit make ten bits a byte. */
const BITS_PER_BYTE = 10;

/**
 * A serial line; one whose device goes away is opened again when it comes back: by its serial number where the system
 * tells one, because it may come back under another name, and its name may go to another radio.
 */
export class SerialLink extends RetryingLink {
  readonly #given: SerialAddress;
  readonly #mostUnsentBytes: number;
  readonly #list: typeof listSerialPorts;
  /** Of what was open last; null: none, or the system tells none. */
  #serialNumber: string | null = null;
  #port: SerialPort | null = null;
  /** Counts connections: an opening that was overtaken by a close belongs to nobody. */
  #connection = 0;

  constructor(given: SerialAddress, parts: LinkParts, list = listSerialPorts) {
    super(given.text, parts, LAST_RETRY_MS);
    this.#list = list;
    this.#given = given;
    this.#mostUnsentBytes = (given.baudRate / BITS_PER_BYTE) * LONGEST_WAIT_S;
    this.calledPeer = { host: given.device, port: given.baudRate };
  }

  send(_peer: LinkPeer, bytes: Uint8Array): boolean {
    const port = this.#port;
    if (this.state !== 'OPEN' || port === null) return false;
    if (port.writableLength + bytes.length > this.#mostUnsentBytes) return false;
    port.write(bytes);
    return true;
  }

  protected connect(): void {
    this.#connection++;
    const connection = this.#connection;
    Promise.all([loadSerialPort(), this.#find()]).then(
      ([Port, device]) => {
        if (connection !== this.#connection || this.state === 'CLOSED') return;
        if (device === null) {
          const { device: name } = this.#given;
          this.fail('other', `Another radio is at ${name} now. Plug in the one of this link, or add a link.`);
        } else this.#open(new Port(this.#options(device)), device);
      },
      (error: unknown) => {
        if (connection !== this.#connection) return;
        this.fail(
          'no-binary',
          `This machine cannot use serial ports (${error instanceof Error ? error.message.split('\n')[0] : 'unknown'}). Use a network link.`,
        );
      },
    );
  }

  protected disconnect(): Promise<void> {
    this.#connection++;
    const port = this.#port;
    this.#port = null;
    if (port === null) return Promise.resolve();
    port.removeAllListeners();
    port.on('error', () => {});
    return new Promise((resolve) => {
      if (port.isOpen) port.close(() => resolve());
      else resolve();
    });
  }

  async #find(): Promise<string | null> {
    const { device } = this.#given;
    return this.#serialNumber === null ? device : findAgain(device, this.#serialNumber, await this.#list());
  }

  #options(device: string) {
    return { path: device, baudRate: this.#given.baudRate, autoOpen: false, lock: true };
  }

  #open(port: SerialPort, device: string): void {
    this.#port = port;
    port.on('data', (bytes: Buffer) => this.events.onStream(bytes));
    port.on('error', (error: Error) => this.fail('error', this.#sentence(error)));
    port.on('close', () => this.fail('gone', `${device} was unplugged. Plug it in again.`));
    port.open((error) => {
      if (this.#port !== port) {
        if (error === null) port.close();
      } else if (error === null) this.#opened(port, device);
      else this.fail('error', this.#sentence(error));
    });
  }

  #opened(port: SerialPort, device: string): void {
    this.opened(device === this.#given.device ? null : `The radio is at ${device} now.`);
    void this.#list()
      .then((ports) => serialNumberAt(device, ports))
      .then((serialNumber) => {
        if (this.#port === port) this.#serialNumber = serialNumber;
      });
  }

  #sentence(error: Error): string {
    const { device } = this.#given;
    const text = error.message;
    if (/no such file|file not found|cannot find/i.test(text))
      return `${device} is not there. Plug the radio in.`;
    if (/permission denied|access denied/i.test(text))
      return `The station may not use ${device}. Add its user to the group "dialout", or close what else uses the port.`;
    if (/lock|busy|in use/i.test(text)) return `Another program uses ${device}. Close it.`;
    return `The link ${this.address} failed: ${text}. The station keeps trying.`;
  }
}
