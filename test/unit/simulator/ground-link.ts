import { readFileSync } from 'node:fs';
import {
  ardupilotmega,
  common,
  type MavLinkData,
  type MavLinkDataConstructor,
  MavLinkProtocolV2,
  minimal,
  standard,
} from 'node-mavlink';
import { loadDialect } from '../../../main/simulator/dialect.ts';
import { type FleetOptions, SimulatedFleet } from '../../../main/simulator/fleet.ts';
import { DEFAULT_FLEET } from '../../../main/simulator/fleet-table.ts';
import { seededRandom } from '../../../main/simulator/random.ts';

export const dialect = loadDialect(readFileSync('resources/mavlink/skyrescue.xml', 'utf8'));

const TYPES = new Map<number, MavLinkDataConstructor<MavLinkData>>(
  [
    ...Object.values(minimal.REGISTRY),
    ...Object.values(standard.REGISTRY),
    ...Object.values(common.REGISTRY),
    ...Object.values(ardupilotmega.REGISTRY),
    ...Object.values(dialect),
  ].map((Type) => [Type.MSG_ID, Type]),
);

export interface Heard {
  readonly systemId: number;
  readonly componentId: number;
  readonly sequence: number;
  readonly messageId: number;
  readonly atMs: number;
  readonly data: MavLinkData | null;
}

export interface Item {
  command: number;
  latitudeDeg?: number;
  longitudeDeg?: number;
  altitudeM?: number;
  frame?: number;
  params?: readonly number[];
}

/** A minimal ground station in the same process: answers mission requests, keeps everything it hears. */
export class GroundLink {
  readonly fleet: SimulatedFleet;
  readonly heard: Heard[] = [];
  readonly bytes: Buffer[] = [];
  readonly #protocol = new MavLinkProtocolV2(255, 190);
  #sequence = 0;
  #heartbeats: boolean;
  #nextHeartbeatMs = 0;

  constructor(options: Partial<FleetOptions> & { seed?: number; heartbeats?: boolean } = {}) {
    const { seed = 7, heartbeats = true, ...rest } = options;
    this.#heartbeats = heartbeats;
    this.fleet = new SimulatedFleet({
      drones: DEFAULT_FLEET.slice(0, 1),
      dialect,
      random: seededRandom(seed),
      bootS: 1,
      ...rest,
      transmit: (bytes) => this.#hear(Buffer.from(bytes)),
    });
  }

  get vehicle() {
    const [vehicle] = this.fleet.vehicles;
    if (vehicle === undefined) throw new Error('the fleet is empty');
    return vehicle;
  }

  run(seconds: number): void {
    for (let passedMs = 0; passedMs < seconds * 1000; passedMs += 20) {
      if (this.#heartbeats && this.fleet.nowMs >= this.#nextHeartbeatMs) {
        this.#nextHeartbeatMs += 1_000;
        this.send(Object.assign(new minimal.Heartbeat(), { type: 6, autopilot: 8 }));
      }
      this.fleet.step(20);
    }
  }

  /** Steps until the condition holds; throws after the simulated time limit. */
  until(condition: () => boolean, limitS: number, what: string): void {
    const startMs = this.fleet.nowMs;
    while (!condition()) {
      if (this.fleet.nowMs - startMs > limitS * 1000) {
        throw new Error(`${what} did not happen within ${limitS} s. Texts: ${this.texts().join(' | ')}`);
      }
      this.run(0.1);
    }
  }

  send(data: MavLinkData, systemId = 1): void {
    const frame = this.#protocol.serialize(data, this.#sequence);
    this.#sequence = (this.#sequence + 1) & 0xff;
    this.fleet.receive(frame, systemId);
  }

  all<T extends MavLinkData>(Type: MavLinkDataConstructor<T>, systemId = 1): T[] {
    return this.heard
      .filter((one) => one.messageId === Type.MSG_ID && one.systemId === systemId)
      .map((one) => one.data as T);
  }

  last<T extends MavLinkData>(Type: MavLinkDataConstructor<T>): T {
    const found = this.all(Type).at(-1);
    if (found === undefined) throw new Error(`${Type.MSG_NAME} was not heard`);
    return found;
  }

  texts(): string[] {
    return this.all(common.StatusText).map((one) => one.text);
  }

  /** Sends a COMMAND_LONG and returns the MAV_RESULT. */
  command(
    id: number,
    params: readonly number[] = [],
    target: { system?: number; component?: number } = {},
  ): number {
    const [p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0, p6 = 0, p7 = 0] = params;
    return this.#acknowledged(
      id,
      Object.assign(new common.CommandLong(), {
        command: id,
        targetSystem: target.system ?? 1,
        targetComponent: target.component ?? 1,
        _param1: p1,
        _param2: p2,
        _param3: p3,
        _param4: p4,
        _param5: p5,
        _param6: p6,
        _param7: p7,
      }),
    );
  }

  /** Sends a COMMAND_INT and returns the MAV_RESULT. */
  commandAt(
    id: number,
    place: { latitudeDeg: number; longitudeDeg: number; altitudeM: number },
    p1 = 0,
    p2 = 0,
  ) {
    return this.#acknowledged(
      id,
      Object.assign(new common.CommandInt(), {
        command: id,
        targetSystem: 1,
        targetComponent: 1,
        frame: 6,
        _param1: p1,
        _param2: p2,
        _param5: Math.round(place.latitudeDeg * 1e7),
        _param6: Math.round(place.longitudeDeg * 1e7),
        _param7: place.altitudeM,
      }),
    );
  }

  #acknowledged(id: number, command: MavLinkData): number {
    const before = this.all(common.CommandAck).length;
    this.send(command, this.vehicle.site.systemId);
    this.run(0.1);
    const answer = this.all(common.CommandAck)
      .slice(before)
      .find((ack) => ack.command === id);
    if (answer === undefined) throw new Error(`command ${id} was not acknowledged`);
    return answer.result;
  }

  /** Uploads a plan (a home item is put in front of a mission) and returns the MISSION_ACK type. */
  upload(items: readonly Item[], planType = 0): number {
    const sent: Item[] =
      planType === 0 ? [{ command: 16, latitudeDeg: 1, longitudeDeg: 2 }, ...items] : [...items];
    const address = { targetSystem: 1, targetComponent: 1, missionType: planType };
    let seen = this.heard.length;
    this.send(Object.assign(new common.MissionCount(), { ...address, count: sent.length }));
    for (let round = 0; round < 5 * sent.length + 20; round++) {
      const news = this.heard.slice(seen);
      seen += news.length;
      for (const one of news) {
        if (one.messageId === common.MissionAck.MSG_ID) return (one.data as common.MissionAck).type;
        if (one.messageId !== common.MissionRequestInt.MSG_ID) continue;
        const { seq } = one.data as common.MissionRequestInt;
        const item = sent[seq];
        if (item === undefined) throw new Error(`item ${seq} was requested of ${sent.length}`);
        this.send(itemMessage(item, seq, address));
      }
      this.run(0.02);
    }
    throw new Error('the upload got no acknowledgement');
  }

  /** Reads a plan back. */
  download(planType = 0): common.MissionItemInt[] {
    const address = { targetSystem: 1, targetComponent: 1, missionType: planType };
    this.send(Object.assign(new common.MissionRequestList(), address));
    this.run(0.04);
    const { count } = this.last(common.MissionCount);
    return Array.from({ length: count }, (_, seq) => {
      this.send(Object.assign(new common.MissionRequestInt(), { ...address, seq }));
      this.run(0.04);
      return this.last(common.MissionItemInt);
    });
  }

  /** The station goes quiet: no more heartbeats. */
  silence(): void {
    this.#heartbeats = false;
  }

  /** GUIDED, armed: ready to start. */
  arm(): void {
    if (this.command(176, [1, 4]) !== 0) throw new Error('GUIDED was refused');
    if (this.command(400, [1]) !== 0) throw new Error(`arming was refused: ${this.texts().join(' | ')}`);
  }

  #hear(frame: Buffer): void {
    this.bytes.push(frame);
    const header = this.#protocol.header(frame);
    const Type = TYPES.get(header.msgid);
    this.heard.push({
      systemId: header.sysid,
      componentId: header.compid,
      sequence: header.seq,
      messageId: header.msgid,
      atMs: this.fleet?.nowMs ?? 0,
      data: Type === undefined ? null : this.#protocol.data(this.#protocol.payload(frame), Type),
    });
  }
}

function itemMessage(item: Item, seq: number, address: object): MavLinkData {
  const [param1 = 0, param2 = 0, param3 = 0, param4 = 0] = item.params ?? [];
  return Object.assign(new common.MissionItemInt(), {
    ...address,
    seq,
    command: item.command,
    frame: item.frame ?? 6,
    param1,
    param2,
    param3,
    param4,
    x: Math.round((item.latitudeDeg ?? 0) * 1e7),
    y: Math.round((item.longitudeDeg ?? 0) * 1e7),
    z: item.altitudeM ?? 0,
    autocontinue: 1,
  });
}
