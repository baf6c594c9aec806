import { Refusal } from '../../../preload/contract/errors.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { Frame } from '../mavlink/frame.ts';
import { MAV_CMD } from '../mavlink/generated/enums.ts';
import {
  ATTITUDE,
  COMMAND_ACK,
  COMMAND_LONG,
  GLOBAL_POSITION_INT,
  HEARTBEAT,
  type Heartbeat,
  HIGH_LATENCY2,
  MISSION_CURRENT,
  SYSTEM_TIME,
  TIMESYNC,
} from '../mavlink/generated/messages.ts';
import { CommandProtocol } from '../mavlink/protocol/command.ts';
import { MissionTransfer } from '../mavlink/protocol/mission-transfer.ts';
import type { ProtocolPort } from '../mavlink/protocol/protocol-port.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommandedVehicle } from './action-commands.ts';
import type { AutopilotHabits } from './autopilots/autopilot.ts';
import { habitsOf } from './autopilots/habits-of.ts';
import { heartbeatOf } from './high-latency.ts';
import { IdentityWatch } from './identity-watch.ts';
import type { SpokenText } from './outcome-sentences.ts';
import { PathLatency } from './path-latency.ts';
import { PlanWatch } from './plan-watch.ts';
import { StreamRequests } from './stream-requests.ts';
import type { VehicleMemory } from './tools/vehicle-memory.ts';
import { VehicleTools } from './tools/vehicle-tools.ts';
import { VehicleAircraft } from './vehicle-aircraft.ts';
import type { VehicleLinks, VehiclePath } from './vehicle-links.ts';
import { VehicleReadings } from './vehicle-readings.ts';

export type Contact = VehicleState['contact'];

export const AUTOPILOT_COMPONENT = 1;
const STALE_MS = 3_000;
const LOST_MS = 5_000;
/** A path without a boot time is asked for one this often: two vehicles of one id are told apart by it. */
const PROBE_MS = 5_000;
const SYSTEM_TIME_INTERVAL_US = 1e6;
/** So often it is looked whether there is something to ask. */
const QUESTIONS_MS = 500;

/** One vehicle that is or was heard: an autopilot, and what belongs to it. */
export class Vehicle implements CommandedVehicle {
  readonly systemId: number;
  readonly componentId = AUTOPILOT_COMPONENT;
  readonly clock: Clock;
  readonly commands: CommandProtocol;
  readonly transfers: MissionTransfer;
  readonly planWatch = new PlanWatch();
  readonly aircraft: VehicleAircraft;
  readonly tools: VehicleTools;
  readonly readings: VehicleReadings;
  /** As it was told to listeners last. */
  contact: Contact = 'LIVE';
  /** When another vehicle type was announced than before; monotonic clock. */
  typeChangedAtMs = Number.NEGATIVE_INFINITY;
  readonly #links: VehicleLinks;
  readonly #streamCommands: CommandProtocol;
  readonly #streams: StreamRequests;
  readonly #latency: PathLatency;
  readonly #identity = new IdentityWatch(() => this.#rebooted());
  readonly #heartbeatListeners = new Set<() => void>();
  readonly #textListeners = new Set<(text: SpokenText) => void>();
  #heardAtMs: number;
  #actions = 0;
  #path: VehiclePath | null = null;
  /** While another vehicle uses the id: the path of the one that was launched, if it is known. */
  #ownPath: VehiclePath | null = null;
  #questionsAtMs = Number.NEGATIVE_INFINITY;
  readonly #probedAtMs = new WeakMap<VehiclePath, number>();

  constructor(parts: {
    systemId: number;
    heartbeat: Heartbeat;
    clock: Clock;
    links: VehicleLinks;
    port: ProtocolPort;
    memory: VehicleMemory;
  }) {
    this.systemId = parts.systemId;
    this.clock = parts.clock;
    this.#links = parts.links;
    this.#heardAtMs = parts.clock.monotonicMs();
    this.readings = new VehicleReadings(parts.heartbeat);
    this.#identity.acceptType(parts.heartbeat.type, this.#heardAtMs);
    const port = this.#portToOne(parts.port);
    this.commands = new CommandProtocol(port);
    this.transfers = new MissionTransfer(port);
    this.#streamCommands = new CommandProtocol(parts.port);
    this.#streams = new StreamRequests(this.#streamingVehicle(), this.#streamCommands, parts.port);
    this.#latency = new PathLatency(parts.links, parts.systemId);
    this.aircraft = new VehicleAircraft(this);
    this.tools = new VehicleTools(this, port, parts.memory);
  }

  get habits(): AutopilotHabits {
    return habitsOf(this.readings.heartbeat.autopilot, this.readings.heartbeat.type);
  }

  get customMode(): number {
    return this.readings.heartbeat.customMode;
  }

  /** Two vehicles speak under this system id. */
  get ambiguous(): boolean {
    return this.#identity.ambiguous(this.clock.monotonicMs());
  }

  /** By the age of the autopilot's last heartbeat. */
  contactNow(): Contact {
    const ageMs = this.clock.monotonicMs() - this.#heardAtMs;
    return ageMs >= LOST_MS ? 'LOST' : ageMs >= STALE_MS ? 'STALE' : 'LIVE';
  }

  state(): VehicleState {
    const nowMs = this.clock.monotonicMs();
    return this.readings.state(
      {
        systemId: this.systemId,
        isReplay: this.#links.isReplay,
        contact: this.contactNow(),
        lastHeardMsAgo: nowMs - this.#heardAtMs,
        links: this.#links.paths(this.systemId).map((path) => ({
          linkId: path.linkId,
          lossPercent: path.lossPercent,
          lastHeardMsAgo: nowMs - path.lastHeardMs,
          packetsPerSecond: path.packetsPerSecond,
          roundTripMs: path.roundTripMs,
        })),
      },
      this.clock.nowMs(),
    );
  }

  acceptAutopilot(frame: Frame, path: VehiclePath): void {
    const nowMs = path.lastHeardMs;
    if (this.#ownPath !== null && path !== this.#ownPath) {
      // The other vehicle of this id: what it says is nothing that the launched one did.
      if (frame.messageId === HEARTBEAT.id) this.#identity.acceptType(HEARTBEAT.read(frame).type, nowMs);
      else this.#identity.accept(frame, path, nowMs);
      return;
    }
    switch (frame.messageId) {
      case HEARTBEAT.id:
        this.#acceptHeartbeat(HEARTBEAT.read(frame), nowMs);
        return;
      case HIGH_LATENCY2.id:
        this.#acceptHeartbeat(heartbeatOf(frame, this.readings.heartbeat), nowMs);
        break;
      case ATTITUDE.id:
      case GLOBAL_POSITION_INT.id:
        this.#acceptTelemetry(frame, path, nowMs);
        break;
      case SYSTEM_TIME.id:
        this.#identity.accept(frame, path, nowMs);
        break;
      case MISSION_CURRENT.id:
        this.planWatch.accept(frame, nowMs);
        break;
      case TIMESYNC.id:
        this.#latency.receive(frame, path, nowMs);
        break;
      case COMMAND_ACK.id:
        this.commands.receive(frame);
        this.#streamCommands.receive(frame);
    }
    // Transfers are part of actions; without one, nothing waits for their messages.
    if (this.#actions > 0) this.transfers.receive(frame);
    this.readings.acceptAutopilot(frame, this.clock.nowMs());
  }

  spoke(text: SpokenText): void {
    this.readings.statusTexts.add(text.severity, text.text, this.clock.nowMs());
    for (const listener of [...this.#textListeners]) listener(text);
  }

  /** A few times a second. */
  tick(): void {
    const nowMs = this.clock.monotonicMs();
    const path = this.#links.pathInUse(this.systemId);
    // What was asked over one path is sent over that path alone.
    if (path !== this.#path && this.#path !== null) {
      this.#askAgain();
      this.#probedAtMs.set(this.#path, nowMs);
    }
    this.#path = path;
    this.#ownPath = this.ownPath;
    if (nowMs < this.#questionsAtMs) return;
    this.#questionsAtMs = nowMs + QUESTIONS_MS;
    if (path !== null && this.readings.armed) this.#identity.fliesOver(path, nowMs);
    this.#streams.tick(nowMs);
    this.#probeOtherPaths(nowMs);
    if (this.contactNow() === 'LOST') return;
    this.#latency.tick(nowMs);
    if (!this.#links.isReplay) this.tools.tick();
  }

  /** Two vehicles use the id, and over this path only that one is heard which this station launched. */
  get ownPath(): VehiclePath | null {
    return this.ambiguous ? this.#identity.ownPath(this.clock.monotonicMs()) : null;
  }

  launching(): void {
    const path = this.#links.pathInUse(this.systemId);
    if (path !== null) this.#identity.launchedOver(path, this.clock.monotonicMs());
  }

  requireReachable(purpose: 'STOP' | 'ANY' = 'ANY'): void {
    const ageS = Math.round((this.clock.monotonicMs() - this.#heardAtMs) / 1_000);
    if (this.contactNow() === 'LOST')
      throw new Refusal(
        'DRONE_OUT_OF_CONTACT',
        `The drone was last heard ${ageS} s ago. Nothing was sent. Try again when it is back in contact.`,
      );
    if (this.#links.pathInUse(this.systemId) === null) throw noPath();
    if (!this.ambiguous || (purpose === 'STOP' && this.ownPath !== null)) return;
    throw sharedId(this.systemId, purpose);
  }

  onHeartbeat(listener: () => void): () => void {
    this.#heartbeatListeners.add(listener);
    return () => void this.#heartbeatListeners.delete(listener);
  }

  onText(listener: (text: SpokenText) => void): () => void {
    this.#textListeners.add(listener);
    return () => void this.#textListeners.delete(listener);
  }

  actionBegan(): () => void {
    this.#actions++;
    this.tools.interrupt();
    return () => void this.#actions--;
  }

  close(): void {
    this.#streams.close();
    this.tools.close();
    this.commands.close();
    this.transfers.close();
  }

  #acceptHeartbeat(heartbeat: Heartbeat, nowMs: number): void {
    if (this.contactNow() === 'LOST') this.tools.heardAnew();
    this.#heardAtMs = nowMs;
    this.readings.heartbeat = heartbeat;
    if (this.#identity.acceptType(heartbeat.type, nowMs)) this.typeChangedAtMs = nowMs;
    for (const listener of [...this.#heartbeatListeners]) listener();
  }

  #acceptTelemetry(frame: Frame, path: VehiclePath, nowMs: number): void {
    this.#identity.accept(frame, path, nowMs);
    if (path === this.#path) this.#streams.telemetryArrived(nowMs);
    else this.#probedAtMs.set(path, nowMs);
  }

  #rebooted(): void {
    this.readings.forgetBeforeReboot();
    this.tools.heardAnew();
    this.#askAgain();
  }

  #askAgain(): void {
    this.#streams.askAgain();
    this.#questionsAtMs = Number.NEGATIVE_INFINITY;
  }

  /** F2: where two vehicles use the id, what must not reach the wrong one goes to that which was launched, or nowhere. */
  #portToOne(port: ProtocolPort): ProtocolPort {
    return {
      ...port,
      send: (definition, fields) => {
        if (!this.ambiguous) return port.send(definition, fields);
        const { ownPath } = this;
        if (ownPath === null) throw sharedId(this.systemId, 'ANY');
        this.#links.sendOn(ownPath, definition, fields);
      },
    };
  }

  #streamingVehicle() {
    const vehicle = this;
    return {
      systemId: this.systemId,
      componentId: AUTOPILOT_COMPONENT,
      get autopilot() {
        return vehicle.habits.name;
      },
      mayAsk: () => vehicle.#actions === 0 && vehicle.contactNow() !== 'LOST',
      get firmwareKnown() {
        return vehicle.readings.firmwareVersion !== null;
      },
      get homeKnown() {
        return vehicle.readings.home !== null;
      },
    };
  }

  /**
   * A second path may lead to the same vehicle or to another one with the same id. Who is asked for the time since
   * boot over each path tells. The answer to the command itself does not matter.
   */
  #probeOtherPaths(nowMs: number): void {
    const paths = this.#links.paths(this.systemId);
    if (paths.length < 2) return;
    for (const path of paths) {
      if (path === this.#path || nowMs - path.lastHeardMs > STALE_MS) continue;
      if (nowMs - (this.#probedAtMs.get(path) ?? Number.NEGATIVE_INFINITY) < PROBE_MS) continue;
      this.#probedAtMs.set(path, nowMs);
      this.#links.sendOn(path, COMMAND_LONG, {
        targetSystem: this.systemId,
        targetComponent: AUTOPILOT_COMPONENT,
        command: MAV_CMD.SET_MESSAGE_INTERVAL,
        confirmation: 0,
        param1: SYSTEM_TIME.id,
        param2: SYSTEM_TIME_INTERVAL_US,
        param3: 0,
        param4: 0,
        param5: 0,
        param6: 0,
        param7: 0,
      });
    }
  }
}

function sharedId(systemId: number, purpose: 'STOP' | 'ANY'): Refusal {
  const what = `Two vehicles use system id ${systemId}`;
  return new Refusal(
    'CONFLICT',
    purpose === 'STOP'
      ? `${what}, and which of them flies your mission cannot be told. Nothing was sent: it could reach the wrong one. Take over with the remote control of the drone in the air, or switch the other one off and try again.`
      : `${what}. Nothing was sent. Switch one of them off, or give it another id.`,
  );
}

export function noPath(): Refusal {
  return new Refusal(
    'DRONE_OUT_OF_CONTACT',
    'No link leads to the drone at this moment. Nothing was sent. Check the links.',
  );
}
