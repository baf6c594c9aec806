import type { Frame } from '../../mavlink/frame.ts';
import { MAV_CMD, MAV_PROTOCOL_CAPABILITY } from '../../mavlink/generated/enums.ts';
import {
  AUTOPILOT_VERSION,
  CAMERA_INFORMATION,
  COMMAND_ACK,
  COMPONENT_INFORMATION_BASIC,
  COMPONENT_METADATA,
  HEARTBEAT,
  OPEN_DRONE_ID_ARM_STATUS,
  OPEN_DRONE_ID_BASIC_ID,
  OPEN_DRONE_ID_LOCATION,
} from '../../mavlink/generated/messages.ts';
import type { CommandOutcome, CommandProtocol } from '../../mavlink/protocol/command.ts';
import { radioOf } from './traffic-book.ts';

const MOST_COMPONENTS = 32;
const READY_TO_ARM = 0;
const ONBOARD_COMPUTER = 'Onboard computer';

/** By MAV_COMPONENT, from and to. */
const KINDS: readonly (readonly [from: number, to: number, kind: string])[] = [
  [1, 1, 'Autopilot'],
  [100, 105, 'Camera'],
  [154, 154, 'Gimbal'],
  [171, 175, 'Gimbal'],
  [156, 156, 'ADS-B receiver'],
  [158, 158, 'Parachute'],
  [169, 170, 'Winch'],
  [190, 190, 'Ground station'],
  [191, 194, ONBOARD_COMPUTER],
  [220, 221, 'GPS'],
  [236, 238, 'Remote ID'],
  [239, 240, 'Bridge'],
];

export interface ComponentReading {
  readonly componentId: number;
  readonly kind: string;
  readonly ageMs: number;
  readonly vendor: string | null;
  readonly model: string | null;
  readonly softwareVersion: string | null;
  readonly serialNumber: string | null;
  /** Where the component says that its descriptions lie. */
  readonly metadataUri: string | null;
  /** Over MAVLink FTP; null: it has not said. */
  readonly servesFiles: boolean | null;
}

export interface RemoteIdReading {
  readonly componentId: number;
  /** Null: it has not said yet. */
  readonly readyToArm: boolean | null;
  readonly error: string | null;
  /** As broadcast; null: none set. */
  readonly uasId: string | null;
  readonly latitudeDeg: number | null;
  readonly longitudeDeg: number | null;
  readonly ageMs: number;
}

interface Known {
  heardAtMs: number;
  asked: boolean;
  vendor: string | null;
  model: string | null;
  softwareVersion: string | null;
  serialNumber: string | null;
  metadataUri: string | null;
  servesFiles: boolean | null;
}

type RemoteId = Omit<RemoteIdReading, 'ageMs'> & { heardAtMs: number };

const MESSAGES: ReadonlySet<number> = new Set(
  [
    ...[HEARTBEAT, CAMERA_INFORMATION, COMPONENT_INFORMATION_BASIC, COMPONENT_METADATA],
    ...[OPEN_DRONE_ID_ARM_STATUS, OPEN_DRONE_ID_BASIC_ID, OPEN_DRONE_ID_LOCATION],
  ].map(({ id }) => id),
);

/** Whether a component says in such a message what it is. */
export function isOfComponents(messageId: number): boolean {
  return MESSAGES.has(messageId);
}

/** What a vehicle consists of, as its components say themselves (cameras, gimbals, computers, Remote ID). */
export class ComponentBook {
  readonly #systemId: number;
  readonly #commands: CommandProtocol;
  readonly #components = new Map<number, Known>();
  #remoteId: RemoteId | null = null;

  /** `commands` must be its own: what it asks is never broken off for an operator's command. */
  constructor(systemId: number, commands: CommandProtocol) {
    this.#systemId = systemId;
    this.#commands = commands;
  }

  receive(frame: Frame, nowMs: number): void {
    const { componentId } = frame;
    switch (frame.messageId) {
      case HEARTBEAT.id:
        this.#known(componentId, nowMs);
        return;
      case COMMAND_ACK.id:
        this.#commands.receive(frame);
        return;
      case CAMERA_INFORMATION.id: {
        const { vendorName, modelName, firmwareVersion } = CAMERA_INFORMATION.read(frame);
        const softwareVersion = firmwareVersion === 0 ? null : versionText(firmwareVersion);
        this.#add(componentId, nowMs, {
          vendor: textOf(vendorName),
          model: textOf(modelName),
          ...{ softwareVersion },
        });
        return;
      }
      case COMPONENT_INFORMATION_BASIC.id: {
        const { vendorName, modelName, softwareVersion, serialNumber } =
          COMPONENT_INFORMATION_BASIC.read(frame);
        this.#add(componentId, nowMs, {
          vendor: vendorName || null,
          model: modelName || null,
          softwareVersion: softwareVersion || null,
          serialNumber: serialNumber || null,
        });
        return;
      }
      case AUTOPILOT_VERSION.id: {
        const { capabilities } = AUTOPILOT_VERSION.read(frame);
        const servesFiles = (capabilities & BigInt(MAV_PROTOCOL_CAPABILITY.FTP)) !== 0n;
        this.#add(componentId, nowMs, { servesFiles });
        return;
      }
      case COMPONENT_METADATA.id:
        this.#add(componentId, nowMs, { metadataUri: COMPONENT_METADATA.read(frame).uri || null });
        return;
      default:
        this.#acceptRemoteId(frame, nowMs);
    }
  }

  isHeard(componentId: number): boolean {
    return this.#components.has(componentId);
  }

  /** Computers beside the autopilot, as far as they are heard. */
  onboardComputers(): { readonly componentId: number; readonly servesFiles: boolean | null }[] {
    return [...this.#components]
      .filter(([componentId]) => kindOf(componentId) === ONBOARD_COMPUTER)
      .map(([componentId, { servesFiles }]) => ({ componentId, servesFiles }))
      .sort((one, other) => one.componentId - other.componentId);
  }

  /** Asks for its AUTOPILOT_VERSION, which any component may have. Returns whether it said that it will come. */
  async askWhatItCan(componentId: number): Promise<boolean> {
    return (await this.#ask(componentId, AUTOPILOT_VERSION.id)).state === 'ACCEPTED';
  }

  /** Asks each component once what it is. */
  async discover(): Promise<void> {
    for (const [componentId, known] of [...this.#components]) {
      if (known.asked) continue;
      known.asked = true;
      const camera = kindOf(componentId) === 'Camera' ? [CAMERA_INFORMATION.id] : [];
      for (const messageId of [...camera, COMPONENT_INFORMATION_BASIC.id, COMPONENT_METADATA.id])
        await this.#ask(componentId, messageId);
    }
  }

  components(nowMs: number): ComponentReading[] {
    return [...this.#components]
      .map(([componentId, { heardAtMs, asked: _, ...known }]) => ({
        componentId,
        kind: kindOf(componentId),
        ageMs: nowMs - heardAtMs,
        ...known,
      }))
      .sort((one, other) => one.componentId - other.componentId);
  }

  remoteId(nowMs: number): RemoteIdReading | null {
    if (this.#remoteId === null) return null;
    const { heardAtMs, ...said } = this.#remoteId;
    return { ...said, ageMs: nowMs - heardAtMs };
  }

  close(): void {
    this.#commands.close();
  }

  #ask(componentId: number, messageId: number): Promise<CommandOutcome> {
    return this.#commands.run({
      systemId: this.#systemId,
      componentId,
      command: MAV_CMD.REQUEST_MESSAGE,
      parameters: [messageId, 0, 0, 0, 0, 0, 0],
    });
  }

  #known(componentId: number, nowMs: number): Known | null {
    const known = this.#components.get(componentId);
    if (known !== undefined) {
      known.heardAtMs = nowMs;
      return known;
    }
    if (this.#components.size >= MOST_COMPONENTS) return null;
    const unknown = {
      vendor: null,
      model: null,
      softwareVersion: null,
      serialNumber: null,
      metadataUri: null,
      servesFiles: null,
    };
    const met: Known = { heardAtMs: nowMs, asked: false, ...unknown };
    this.#components.set(componentId, met);
    return met;
  }

  #add(componentId: number, nowMs: number, said: Partial<Known>): void {
    const known = this.#known(componentId, nowMs);
    if (known !== null) Object.assign(known, said);
  }

  #acceptRemoteId(frame: Frame, nowMs: number): void {
    const { componentId } = frame;
    const before =
      this.#remoteId?.componentId === componentId ? this.#remoteId : noRemoteId(componentId, nowMs);
    if (frame.messageId === OPEN_DRONE_ID_ARM_STATUS.id) {
      const { status, error } = OPEN_DRONE_ID_ARM_STATUS.read(frame);
      const readyToArm = status === READY_TO_ARM;
      this.#remoteId = { ...before, readyToArm, error: error || null, heardAtMs: nowMs };
    } else if (frame.messageId === OPEN_DRONE_ID_BASIC_ID.id) {
      const { uasId, idOrMac } = OPEN_DRONE_ID_BASIC_ID.read(frame);
      // What a receiver hears of other drones is traffic.
      if (radioOf(idOrMac) !== null) return;
      this.#remoteId = { ...before, uasId: textOf(uasId), heardAtMs: nowMs };
    } else if (frame.messageId === OPEN_DRONE_ID_LOCATION.id) {
      const { latitude, longitude, idOrMac } = OPEN_DRONE_ID_LOCATION.read(frame);
      if (radioOf(idOrMac) !== null) return;
      const known = latitude !== 0 || longitude !== 0;
      this.#remoteId = {
        ...before,
        latitudeDeg: known ? latitude / 1e7 : null,
        longitudeDeg: known ? longitude / 1e7 : null,
        heardAtMs: nowMs,
      };
    }
  }
}

function noRemoteId(componentId: number, heardAtMs: number): RemoteId {
  const nothing = { readyToArm: null, error: null, uasId: null, latitudeDeg: null, longitudeDeg: null };
  return { componentId, ...nothing, heardAtMs };
}

function kindOf(componentId: number): string {
  return KINDS.find(([from, to]) => componentId >= from && componentId <= to)?.[2] ?? 'Component';
}

/** Bytes of a text that the message carries as numbers; null when there is none. */
function textOf(bytes: readonly number[]): string | null {
  const end = bytes.indexOf(0);
  const text = new TextDecoder().decode(Uint8Array.from(end < 0 ? bytes : bytes.slice(0, end))).trim();
  return text === '' ? null : text;
}

/** Major in the lowest byte (CAMERA_INFORMATION.firmware_version). */
function versionText(version: number): string {
  return [0, 8, 16].map((shift) => (version >>> shift) & 0xff).join('.');
}
