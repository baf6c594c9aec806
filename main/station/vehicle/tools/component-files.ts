import { Refusal } from '../../../../preload/contract/errors.ts';
import type { Frame } from '../../mavlink/frame.ts';
import { FtpClient } from '../../mavlink/protocol/ftp.ts';
import type { ProtocolPort } from '../../mavlink/protocol/protocol-port.ts';
import type { ComponentBook } from './component-book.ts';

/** The message and the acknowledgement of its request come in either order. */
const SAID_WITHIN_MS = 1_000;

interface Parts {
  readonly port: ProtocolPort;
  readonly systemId: number;
  readonly autopilotId: number;
  readonly components: Pick<ComponentBook, 'isHeard' | 'onboardComputers' | 'askWhatItCan'>;
}

/** The files of a vehicle: its autopilot's, and those of the components that serve some of their own. */
export class ComponentFiles {
  readonly autopilot: FtpClient;
  readonly #parts: Parts;
  /** No more than components are known. */
  readonly #clients = new Map<number, FtpClient>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.autopilot = new FtpClient(parts.port, { systemId: parts.systemId, componentId: parts.autopilotId });
    this.#clients.set(parts.autopilotId, this.autopilot);
  }

  /** Null: no such component was heard. */
  of(componentId: number): FtpClient | null {
    const { port, systemId, components } = this.#parts;
    const known = this.#clients.get(componentId);
    if (known !== undefined) return known;
    if (!components.isHeard(componentId)) return null;
    const client = new FtpClient(port, { systemId, componentId });
    this.#clients.set(componentId, client);
    return client;
  }

  /**
   * The onboard computer to be asked for files: one that says that it serves some (AUTOPILOT_VERSION), else one that
   * does not say. Refuses (NOT_FOUND) where there is none, (CONFLICT) where each says that it serves none.
   */
  async onboardComputer(): Promise<number> {
    const { components } = this.#parts;
    const unknown = () => components.onboardComputers().filter(({ servesFiles }) => servesFiles === null);
    let answered = false;
    for (const { componentId } of unknown())
      answered = (await components.askWhatItCan(componentId)) || answered;
    if (answered && unknown().length > 0) await this.#pause();
    const computers = components.onboardComputers();
    if (computers.length === 0)
      throw new Refusal(
        'NOT_FOUND',
        'No onboard computer of this drone is heard. Check that it is on, or choose the autopilot.',
      );
    const found =
      computers.find(({ servesFiles }) => servesFiles === true) ??
      computers.find(({ servesFiles }) => servesFiles === null);
    if (found === undefined)
      throw new Refusal(
        'CONFLICT',
        'The onboard computer of this drone says that it serves no files. Copy the model from it into the model folder, or choose the autopilot.',
      );
    return found.componentId;
  }

  receive(frame: Frame): void {
    this.#clients.get(frame.componentId)?.receive(frame);
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#parts.port.clock.after(SAID_WITHIN_MS, resolve));
  }
}
