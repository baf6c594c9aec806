import { z } from 'zod';
import type { Frame } from '../../mavlink/frame.ts';
import { MAV_CMD } from '../../mavlink/generated/enums.ts';
import { COMPONENT_INFORMATION, COMPONENT_METADATA } from '../../mavlink/generated/messages.ts';
import type { CommandProtocol } from '../../mavlink/protocol/command.ts';
import { mavlinkFileCrc32 } from '../../mavlink/protocol/ftp-payload.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ComponentFiles } from './component-files.ts';
import { descriptionsOf, type ParameterDescription, parameterFile } from './parameter-description.ts';
import { unpackXz } from './unpack-xz.ts';
import type { VehicleMemory } from './vehicle-memory.ts';

/** PX4's are 100 kB packed and 1.5 MB unpacked. */
const LONGEST_FILE_BYTES = 2_000_000;
const LONGEST_UNPACKED_BYTES = 16_000_000;
const MESSAGE_WITHIN_MS = 2_000;
/** COMP_METADATA_TYPE_PARAMETER. */
const PARAMETERS = 1;

const generalFile = z.object({
  version: z.literal(1),
  metadataTypes: z
    .array(
      z.object({
        type: z.number().int(),
        uri: z.string().max(500),
        fileCrc: z.number().int().optional(),
        uriFallback: z.string().max(500).default(''),
        fileCrcFallback: z.number().int().optional(),
      }),
    )
    .max(100),
});

interface Parts {
  readonly systemId: number;
  readonly componentId: number;
  /** Its own: what it asks is never broken off for an operator's command. */
  readonly commands: CommandProtocol;
  readonly files: Pick<ComponentFiles, 'of'>;
  readonly memory: VehicleMemory;
  readonly clock: Clock;
}

interface Place {
  readonly uri: string;
  /** As mavlinkFileCrc32 computes it; null: not given. */
  readonly crc: number | null;
}

export type DescriptionState =
  | { readonly state: 'NOT_READ' }
  | { readonly state: 'READ'; readonly parameters: ReadonlyMap<string, ParameterDescription> }
  /** It has none, or they cannot be read: the sentence says which. */
  | { readonly state: 'NONE'; readonly sentence: string };

class Unreadable extends Error {}

/**
 * What the maker of the autopilot says of its parameters, as the vehicle itself holds it (https://mavlink.io/en/
 * services/component_information.html).
 *
 * ```
 *  read --> REQUEST COMPONENT_METADATA -- refused --> REQUEST COMPONENT_INFORMATION -- refused --> NONE, told
 *               |  its place and checksum                   |
 *               v                                           v
 *           general file <-------------------------------- (the same)
 *               |  known by its checksum: from the disk. mftp: from the vehicle. http: not fetched --> NONE, told
 *               v
 *           file of parameters, likewise --> checksum, xz, JSON --> READ          damaged at any step --> NONE, told
 * ```
 */
export class ComponentInformation {
  readonly #parts: Parts;
  #state: DescriptionState = { state: 'NOT_READ' };
  #told: Place | null = null;
  #onTold: () => void = () => {};

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get state(): DescriptionState {
    return this.#state;
  }

  describe(name: string): ParameterDescription | null {
    return this.#state.state === 'READ' ? (this.#state.parameters.get(name) ?? null) : null;
  }

  receive(frame: Frame): void {
    if (frame.componentId !== this.#parts.componentId) return;
    if (frame.messageId === COMPONENT_METADATA.id) {
      const { uri, fileCrc } = COMPONENT_METADATA.read(frame);
      this.#told = { uri, crc: fileCrc };
    } else if (frame.messageId === COMPONENT_INFORMATION.id) {
      const { generalMetadataUri: uri, generalMetadataFileCrc: crc } = COMPONENT_INFORMATION.read(frame);
      this.#told = { uri, crc };
    }
    this.#onTold();
  }

  receiveAck(frame: Frame): void {
    this.#parts.commands.receive(frame);
  }

  /** Never rejects. What was broken off is tried again the next time. */
  async read(signal: AbortSignal): Promise<void> {
    const breakOff = (): void => {
      this.#parts.commands.close();
      this.#onTold();
    };
    signal.addEventListener('abort', breakOff, { once: true });
    try {
      const general = generalFile.safeParse(await this.#json([await this.#place(signal)], signal));
      if (!general.success)
        throw new Unreadable('The description that this drone gives of itself is not understood.');
      const places = placesOf(general.data);
      if (places.length === 0) throw new Unreadable('This drone does not describe its parameters.');
      const file = parameterFile.safeParse(await this.#json(places, signal));
      if (!file.success) throw new Unreadable('The description of the parameters is not understood.');
      this.#state = { state: 'READ', parameters: descriptionsOf(file.data) };
    } catch (error) {
      if (signal.aborted) return;
      const sentence = error instanceof Error ? error.message : String(error);
      this.#state = { state: 'NONE', sentence };
    } finally {
      signal.removeEventListener('abort', breakOff);
    }
  }

  /** Another vehicle, or another firmware. */
  forget(): void {
    this.#state = { state: 'NOT_READ' };
    this.#told = null;
  }

  close(): void {
    this.#parts.commands.close();
  }

  async #place(signal: AbortSignal): Promise<Place> {
    for (const messageId of [COMPONENT_METADATA.id, COMPONENT_INFORMATION.id]) {
      const { systemId, componentId, commands } = this.#parts;
      this.#told = null;
      const parameters = [messageId, 0, 0, 0, 0, 0, 0];
      const command = MAV_CMD.REQUEST_MESSAGE;
      const outcome = await commands.run({ systemId, componentId, command, parameters });
      if (signal.aborted) throw new Unreadable('Broken off.');
      if (outcome.state === 'ACCEPTED' && this.#told === null) await this.#toldWithin();
      const told: Place | null = this.#told;
      if (told !== null) return told;
    }
    throw new Unreadable('This drone does not describe its parameters.');
  }

  #toldWithin(): Promise<void> {
    return new Promise((resolve) => {
      const cancelTimer = this.#parts.clock.after(MESSAGE_WITHIN_MS, resolve);
      this.#onTold = () => {
        cancelTimer();
        resolve();
      };
    });
  }

  /** Of the first place that can be read. */
  async #json(places: readonly Place[], signal: AbortSignal): Promise<unknown> {
    let first: unknown = null;
    for (const place of places) {
      try {
        return parsed(await this.#bytes(place, signal));
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        first ??= error;
      }
    }
    throw first;
  }

  async #bytes({ uri, crc }: Place, signal: AbortSignal): Promise<Uint8Array> {
    const { memory } = this.#parts;
    const kept = crc === null || crc === 0 ? null : await memory.loadDescription(crc);
    if (kept !== null && mavlinkFileCrc32(kept) === crc) return kept;
    const packed = await this.#download(uri, signal);
    const bytes = uri.endsWith('.xz') ? await unpacked(packed) : packed;
    // PX4 gives the checksum of what is inside; the standard does not say which is meant.
    if (crc !== null && crc !== 0 && mavlinkFileCrc32(bytes) !== crc) {
      if (mavlinkFileCrc32(packed) !== crc)
        throw new Unreadable('The description arrived damaged: its checksum is wrong. Try again.');
      return bytes;
    }
    if (crc !== null && crc !== 0) await memory.saveDescription(crc, bytes);
    return bytes;
  }

  async #download(uri: string, signal: AbortSignal): Promise<Uint8Array> {
    const sink = new MemorySink();
    const { componentId, path } = this.#onVehicle(uri);
    const files = this.#parts.files.of(componentId);
    if (files === null)
      throw new Unreadable(`The description lies on component ${componentId}, which is not heard.`);
    const outcome = await files.download(path, sink, {
      signal,
      onProgress({ size }) {
        if (size > LONGEST_FILE_BYTES) throw new Unreadable('The description is too large to be one.');
      },
    });
    if (outcome.state === 'FAILED') throw new Unreadable(outcome.sentence);
    return sink.bytes(outcome.size);
  }

  /** `mftp://[;comp=1]etc/extras/x.json`: on this component of the vehicle, at /etc/extras/x.json. */
  #onVehicle(uri: string): { componentId: number; path: string } {
    const found = /^(?:mftp|mavlinkftp):\/\/(?:\[;comp=(\d+)\])?\/*(.+)$/i.exec(uri);
    if (found === null) {
      const where = /^(https?:\/\/[^/]+)/i.exec(uri)?.[1];
      throw new Unreadable(
        where === undefined
          ? 'Where the description of this drone lies is not understood.'
          : `The description of this drone lies at ${where}. The station fetches nothing from the network.`,
      );
    }
    const [, component, path = ''] = found;
    const componentId = component === undefined ? this.#parts.componentId : Number(component);
    return { componentId, path: `/${path}` };
  }
}

class MemorySink {
  #bytes = new Uint8Array(0);

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > LONGEST_FILE_BYTES) throw new Unreadable('The description is too large to be one.');
    if (end > this.#bytes.length) {
      const longer = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes.set(bytes, offset);
  }

  checksum(size: number): Promise<number> {
    return Promise.resolve(mavlinkFileCrc32(this.bytes(size)));
  }

  bytes(size: number): Uint8Array {
    return this.#bytes.subarray(0, size);
  }
}

function placesOf({ metadataTypes }: z.infer<typeof generalFile>): Place[] {
  const found = metadataTypes.find(({ type }) => type === PARAMETERS);
  if (found === undefined) return [];
  const fallback = { uri: found.uriFallback, crc: found.fileCrcFallback ?? found.fileCrc ?? null };
  return [{ uri: found.uri, crc: found.fileCrc ?? null }, fallback].filter(({ uri }) => uri !== '');
}

async function unpacked(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await unpackXz(bytes, LONGEST_UNPACKED_BYTES);
  } catch {
    throw new Unreadable('The description cannot be unpacked: it is damaged, or too large.');
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Unreadable('The description that this drone gives of itself is not JSON.');
  }
}
