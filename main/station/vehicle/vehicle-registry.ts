import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { Frame } from '../mavlink/frame.ts';
import { FrameWriter } from '../mavlink/frame-writer.ts';
import { MAV_AUTOPILOT, MAV_STATE, MAV_TYPE, SKYRESCUE_SPEAKER } from '../mavlink/generated/enums.ts';
import {
  ADSB_VEHICLE,
  HEARTBEAT,
  type Heartbeat,
  HIGH_LATENCY2,
  OPEN_DRONE_ID_BASIC_ID,
  OPEN_DRONE_ID_LOCATION,
  SKYRESCUE_VOICE,
  STATUSTEXT,
} from '../mavlink/generated/messages.ts';
import type { ProtocolPort } from '../mavlink/protocol/protocol-port.ts';
import { type StatusText, StatusTextAssembler } from '../mavlink/protocol/status-text.ts';
import { type Utterance, VoiceAssembler } from '../mavlink/protocol/voice.ts';
import type { Aircraft, AircraftDirectory, VehicleNotice } from '../ports/aircraft.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { heartbeatOf } from './high-latency.ts';
import type { PlanKind } from './plan-watch.ts';
import { type TrafficAircraft, TrafficBook } from './tools/traffic-book.ts';
import { NO_MEMORY, type VehicleMemory } from './tools/vehicle-memory.ts';
import type { VehicleTools } from './tools/vehicle-tools.ts';
import { AUTOPILOT_COMPONENT, type Contact, noPath, Vehicle } from './vehicle.ts';
import type { FrameLinks, VehiclePath } from './vehicle-links.ts';

/** Every vehicle that is or was heard. */
export interface Vehicles extends AircraftDirectory {
  states(): VehicleState[];
  /** Parameters, files, logs and the like of a vehicle that is or was heard; null: it was not. */
  tools(systemId: number): VehicleTools | null;
  /** Aircraft of others that the vehicles' receivers hear. */
  traffic(): TrafficAircraft[];
  /** What is wrong with who speaks under which system id: at most one entry a cause and system. */
  oddities(): Oddity[];
  /** Called when a vehicle comes into contact, goes stale, is lost or comes back. */
  onContactChange(listener: (systemId: number, contact: Contact) => void): () => void;
  /** Called at most ten times a second while anything is heard, and when contact changes. */
  onChange(listener: () => void): () => void;
  close(): void;
}

interface Oddity {
  readonly systemId: number;
  readonly kind: 'SHARED_ID' | 'TYPE_CHANGED' | 'IMPOSTOR' | 'PLAN_CHANGED';
  readonly sentence: string;
}

const STATION_SYSTEM = 255;
const STATION_COMPONENT = 190;
/** Of the MAVLink protocol, as HEARTBEAT carries it. */
const MAVLINK_VERSION = 3;
const HEARTBEAT_MS = 1_000;
const TICK_MS = 100;
const ODDITY_MS = 60_000;

const SPEAKERS: Readonly<Record<number, Extract<VehicleNotice, { kind: 'VOICE' }>['speaker']>> = {
  [SKYRESCUE_SPEAKER.DRONE]: 'DRONE',
  [SKYRESCUE_SPEAKER.BYSTANDER]: 'BYSTANDER',
  [SKYRESCUE_SPEAKER.AED_DEVICE]: 'AED_DEVICE',
};

/** Listens to the links until closed. Sends the station's heartbeat once a second. */
export function createVehicles(parts: {
  links: FrameLinks;
  clock: Clock;
  log: Log;
  /** Missing: nothing is known from earlier, and nothing is kept. */
  memory?: VehicleMemory;
}): Vehicles {
  return new VehicleRegistry(parts.links, parts.clock, parts.log, parts.memory ?? NO_MEMORY);
}

class VehicleRegistry implements Vehicles {
  readonly #links: FrameLinks;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #memory: VehicleMemory;
  readonly #writer = new FrameWriter(STATION_SYSTEM, STATION_COMPONENT);
  readonly #vehicles = new Map<number, Vehicle>();
  /** By system id: the component that pretended last, and when. */
  readonly #impostors = new Map<number, { componentId: number; atMs: number }>();
  readonly #noticeListeners = new Set<(notice: VehicleNotice) => void>();
  readonly #contactListeners = new Set<(systemId: number, contact: Contact) => void>();
  readonly #changeListeners = new Set<() => void>();
  readonly #statusTexts: StatusTextAssembler;
  readonly #voices: VoiceAssembler;
  readonly #stop: (() => void)[];
  readonly #traffic = new TrafficBook();
  #heard = false;

  constructor(links: FrameLinks, clock: Clock, log: Log, memory: VehicleMemory) {
    this.#links = links;
    this.#clock = clock;
    this.#log = log;
    this.#memory = memory;
    this.#statusTexts = new StatusTextAssembler(clock, (text) => this.#spoke(text));
    this.#voices = new VoiceAssembler(clock, (utterance) => this.#uttered(utterance));
    this.#stop = [
      links.onFrame((frame, path) => this.#receive(frame, path)),
      clock.every(HEARTBEAT_MS, () => this.#sendHeartbeat()),
      clock.every(TICK_MS, () => this.#tick()),
    ];
  }

  find(systemId: number): Aircraft | null {
    return this.#vehicles.get(systemId)?.aircraft ?? null;
  }

  tools(systemId: number): VehicleTools | null {
    return this.#vehicles.get(systemId)?.tools ?? null;
  }

  traffic(): TrafficAircraft[] {
    return this.#traffic.list(this.#clock.monotonicMs());
  }

  all(): readonly Aircraft[] {
    return [...this.#vehicles.values()].map(({ aircraft }) => aircraft);
  }

  states(): VehicleState[] {
    return [...this.#vehicles.values()].map((vehicle) => vehicle.state());
  }

  oddities(): Oddity[] {
    const nowMs = this.#clock.monotonicMs();
    const oddities: Oddity[] = [];
    for (const vehicle of this.#vehicles.values()) {
      const { systemId } = vehicle;
      if (vehicle.ambiguous)
        oddities.push({ systemId, kind: 'SHARED_ID', sentence: sharedIdSentence(vehicle) });
      if (nowMs - vehicle.typeChangedAtMs < ODDITY_MS)
        oddities.push({ systemId, kind: 'TYPE_CHANGED', sentence: typeChangedSentence(systemId) });
      if (vehicle.planWatch.changed().length > 0)
        oddities.push({
          systemId,
          kind: 'PLAN_CHANGED',
          sentence: planChangedSentence(vehicle.planWatch.changed()),
        });
      const impostor = this.#impostors.get(systemId);
      if (impostor !== undefined && nowMs - impostor.atMs < ODDITY_MS)
        oddities.push({
          systemId,
          kind: 'IMPOSTOR',
          sentence: impostorSentence(systemId, impostor.componentId),
        });
    }
    return oddities;
  }

  onNotice(listener: (notice: VehicleNotice) => void): () => void {
    this.#noticeListeners.add(listener);
    return () => void this.#noticeListeners.delete(listener);
  }

  onContactChange(listener: (systemId: number, contact: Contact) => void): () => void {
    this.#contactListeners.add(listener);
    return () => void this.#contactListeners.delete(listener);
  }

  onChange(listener: () => void): () => void {
    this.#changeListeners.add(listener);
    return () => void this.#changeListeners.delete(listener);
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.#statusTexts.close();
    this.#voices.close();
    for (const vehicle of this.#vehicles.values()) vehicle.close();
  }

  #receive(frame: Frame, path: VehiclePath): void {
    const { systemId, componentId } = frame;
    if (systemId === 0 || systemId === STATION_SYSTEM) return;
    const known = this.#vehicles.get(systemId);
    // Also the heartbeats of components that are no autopilot.
    known?.tools.receive(frame);
    if (frame.messageId === HEARTBEAT.id && !this.#admit(frame)) return;
    const vehicle = known ?? this.#meetBy(frame);
    if (vehicle === null) return;
    this.#heard = true;
    if (componentId === AUTOPILOT_COMPONENT) vehicle.acceptAutopilot(frame, path);
    else vehicle.readings.acceptCompanion(frame, this.#clock.nowMs());
    switch (frame.messageId) {
      case HEARTBEAT.id:
        this.#tellContact(vehicle);
        break;
      case ADSB_VEHICLE.id:
      case OPEN_DRONE_ID_BASIC_ID.id:
      case OPEN_DRONE_ID_LOCATION.id:
        this.#traffic.receive(frame, this.#clock.monotonicMs());
        break;
      case STATUSTEXT.id:
      case SKYRESCUE_VOICE.id:
        this.#hear(frame, path);
    }
  }

  /** A vehicle is met by a heartbeat that counts, or by the one message that takes its place. */
  #meetBy(frame: Frame): Vehicle | null {
    const { systemId } = frame;
    if (frame.messageId === HEARTBEAT.id) return this.#meet(systemId, HEARTBEAT.read(frame));
    const speaksRarely = frame.messageId === HIGH_LATENCY2.id && frame.componentId === AUTOPILOT_COMPONENT;
    return speaksRarely ? this.#meet(systemId, heartbeatOf(frame, null)) : null;
  }

  /** Heard over two paths, everything is said twice: one of them counts. */
  #hear(frame: Frame, path: VehiclePath): void {
    if (path !== this.#links.pathInUse(frame.systemId)) return;
    this.#statusTexts.receive(frame);
    this.#voices.receive(frame);
  }

  /** Returns whether the heartbeat counts: it is that of an autopilot in its place. */
  #admit(frame: Frame): boolean {
    const heartbeat = HEARTBEAT.read(frame);
    if (heartbeat.type === MAV_TYPE.GCS || heartbeat.autopilot === MAV_AUTOPILOT.INVALID) return false;
    if (frame.componentId !== AUTOPILOT_COMPONENT) {
      const { componentId, systemId } = frame;
      this.#impostors.set(systemId, { componentId, atMs: this.#clock.monotonicMs() });
      return false;
    }
    return true;
  }

  #meet(systemId: number, heartbeat: Heartbeat): Vehicle {
    this.#log.info('vehicle.heard', { systemId, autopilot: heartbeat.autopilot, type: heartbeat.type });
    const vehicle = new Vehicle({
      systemId,
      heartbeat,
      clock: this.#clock,
      links: {
        isReplay: this.#links.isReplay,
        measured: (path, roundTripMs) => this.#links.measured(path, roundTripMs),
        paths: (id) => this.#links.paths(id),
        pathInUse: (id) => this.#links.pathInUse(id),
        sendOn: (path, definition, fields) =>
          void this.#links.sendOn(path, this.#writer.write(definition, fields)),
      },
      port: this.#portTo(systemId),
      memory: this.#memory,
    });
    this.#vehicles.set(systemId, vehicle);
    for (const listener of this.#contactListeners) listener(systemId, vehicle.contact);
    return vehicle;
  }

  #portTo(systemId: number): ProtocolPort {
    return {
      systemId: STATION_SYSTEM,
      componentId: STATION_COMPONENT,
      clock: this.#clock,
      send: (definition, fields) => {
        if (!this.#links.send(systemId, this.#writer.write(definition, fields))) throw noPath();
      },
    };
  }

  #spoke({ systemId, severity, text }: StatusText): void {
    this.#vehicles.get(systemId)?.spoke({ severity, text });
    this.#notify({ kind: 'STATUS_TEXT', systemId, severity, text });
  }

  #uttered(utterance: Utterance): void {
    const speaker = SPEAKERS[utterance.speaker];
    if (speaker === undefined) {
      this.#log.warn('vehicle.unknown-speaker', { systemId: utterance.systemId, speaker: utterance.speaker });
      return;
    }
    this.#notify({
      kind: 'VOICE',
      systemId: utterance.systemId,
      speaker,
      text: utterance.text,
      language: utterance.language,
      confidence: utterance.confidence,
      conversationState: utterance.conversationState === '' ? null : utterance.conversationState,
    });
  }

  #notify(notice: VehicleNotice): void {
    for (const listener of this.#noticeListeners) listener(notice);
  }

  #sendHeartbeat(): void {
    this.#links.sendToPeers(
      this.#writer.write(HEARTBEAT, {
        type: MAV_TYPE.GCS,
        autopilot: MAV_AUTOPILOT.INVALID,
        baseMode: 0,
        customMode: 0,
        systemStatus: MAV_STATE.ACTIVE,
        mavlinkVersion: MAVLINK_VERSION,
      }),
    );
  }

  #tick(): void {
    for (const vehicle of this.#vehicles.values()) {
      this.#tellContact(vehicle);
      vehicle.tick();
    }
    if (this.#heard) this.#changed();
    this.#heard = false;
  }

  #tellContact(vehicle: Vehicle): void {
    const contact = vehicle.contactNow();
    if (contact === vehicle.contact) return;
    vehicle.contact = contact;
    this.#log.info('vehicle.contact', { systemId: vehicle.systemId, contact });
    for (const listener of this.#contactListeners) listener(vehicle.systemId, contact);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#changeListeners) listener();
  }
}

function sharedIdSentence({ systemId, ownPath }: Vehicle): string {
  return ownPath === null
    ? `Two vehicles use system id ${systemId}. Neither is commanded. Switch one of them off, or give it another id.`
    : `Two vehicles use system id ${systemId}. The one that was launched from here, over ${ownPath.linkId}, can still be stopped; nothing else is sent. Switch the other one off.`;
}

function typeChangedSentence(systemId: number): string {
  return `The vehicle with system id ${systemId} now says that it is of another type. Check that it is the right one.`;
}

const PLAN_WORDS: Readonly<Record<PlanKind, string>> = {
  MISSION: 'flight plan',
  FENCE: 'fence',
  RALLY: 'rally points',
};

function planChangedSentence(kinds: readonly PlanKind[]): string {
  const words = kinds.map((kind) => PLAN_WORDS[kind]).join(' and ');
  return `The ${words} on the drone changed without this station. Abort if it flies where it should not, and send the plan again before the next start.`;
}

function impostorSentence(systemId: number, componentId: number): string {
  return `Component ${componentId} of system ${systemId} claims to be an autopilot. It is ignored. Check its configuration.`;
}
