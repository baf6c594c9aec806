import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FrameWriter } from '../../main/station/mavlink/frame-writer.ts';
import { MAV_CMD } from '../../main/station/mavlink/generated/enums.ts';
import {
  ATTITUDE,
  AUTOPILOT_VERSION,
  COMMAND_ACK,
  COMMAND_LONG,
  GLOBAL_POSITION_INT,
  HEARTBEAT,
  HOME_POSITION,
  SYS_STATUS,
  SYSTEM_TIME,
  VFR_HUD,
} from '../../main/station/mavlink/generated/messages.ts';
import { STATION_FLAGS } from '../../scripts/child-programs.ts';
import { freeUdpPort } from './udp-peer.ts';

export interface Ingested {
  frames: number;
  vehicles: number;
  lossPercent: number;
  badFrames: number;
  cpuShare: number;
  latencyP99Ms: number;
  heapBytes: number;
  rssBytes: number;
}

/** System ids end at 254: more drones are more groups, each with a socket of its own at the station. */
const DRONES_A_GROUP = 250;
const TURN_MS = 5;
const PATTERN = ['ATTITUDE', 'POSITION', 'HUD', 'ATTITUDE', 'STATUS', 'POSITION', 'TIME'] as const;

/** Drones that only speak, one packet a datagram, each from a socket of its own; and a station that listens. */
export class IngestBench {
  readonly #station: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #drones: SpeakingDrone[] = [];
  #timer: NodeJS.Timeout | null = null;
  sent = 0;

  readonly ports: readonly number[];

  private constructor(station: ChildProcess, answers: AsyncIterator<string>, ports: readonly number[]) {
    this.#station = station;
    this.#answers = answers;
    this.ports = ports;
  }

  /** A station for so many groups of drones, with a folder for its recordings. */
  static async listen(groups: number, folder: string | null = null): Promise<IngestBench> {
    const ports = await Promise.all(Array.from({ length: groups }, freeUdpPort));
    const station = spawn(
      process.execPath,
      [
        ...[...STATION_FLAGS, join(import.meta.dirname, 'ingest-station.ts'), folder ?? '-'],
        ...ports.map((port) => `udpin:127.0.0.1:${port}`),
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    if (station.stdout === null) throw new Error('The station has no output.');
    const answers = createInterface({ input: station.stdout })[Symbol.asyncIterator]();
    await answers.next();
    return new IngestBench(station, answers, ports);
  }

  static async start(drones: number): Promise<IngestBench> {
    const bench = await IngestBench.listen(Math.ceil(drones / DRONES_A_GROUP));
    bench.#drones = await Promise.all(
      Array.from({ length: drones }, (_, index) =>
        SpeakingDrone.open(
          1 + (index % DRONES_A_GROUP),
          bench.ports[Math.floor(index / DRONES_A_GROUP)] ?? 0,
        ),
      ),
    );
    return bench;
  }

  /** All drones together send so many packets a second until told otherwise. */
  speak(packetsPerSecond: number): void {
    this.hush();
    let lastMs = performance.now();
    let owed = 0;
    let next = 0;
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      // What a stalled machine could not send is not made up for in one burst.
      owed += (Math.min(50, nowMs - lastMs) * packetsPerSecond) / 1_000;
      lastMs = nowMs;
      for (; owed >= 1; owed--) {
        this.#drones[next]?.speak();
        next = (next + 1) % this.#drones.length;
        this.sent++;
      }
    }, TURN_MS);
  }

  hush(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** What the station took in, and what it cost, since it was asked last. */
  async ask(): Promise<Ingested> {
    this.#station.stdin?.write('?\n');
    const { value } = await this.#answers.next();
    return JSON.parse(String(value)) as Ingested;
  }

  async stop(): Promise<void> {
    this.hush();
    this.#station.stdin?.end();
    await once(this.#station, 'exit');
    await Promise.all(this.#drones.map((drone) => drone.close()));
  }
}

class SpeakingDrone {
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  #turn = 0;
  #bootMs = 1_000;

  private constructor(systemId: number, socket: Socket) {
    this.#socket = socket;
    this.#writer = new FrameWriter(systemId, 1);
  }

  static async open(systemId: number, port: number): Promise<SpeakingDrone> {
    const socket = createSocket('udp4');
    const drone = new SpeakingDrone(systemId, socket);
    socket.on('message', (bytes) => drone.#hear(bytes));
    socket.on('error', () => {});
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return drone;
  }

  /** What the station asks for is granted and said, as a vehicle does; else it would be asked again and again. */
  #hear(bytes: Buffer): void {
    if (bytes.readUIntLE(7, 3) !== COMMAND_LONG.id) return;
    const [targetSystem = 0, targetComponent = 0] = bytes.subarray(5, 7);
    const [messageId, command] = [bytes.readFloatLE(10), bytes.readUInt16LE(38)];
    const accepted = { command, result: 0, progress: 0, resultParam2: 0, targetSystem, targetComponent };
    this.#socket.send(this.#writer.write(COMMAND_ACK, accepted));
    if (command !== MAV_CMD.REQUEST_MESSAGE) return;
    if (messageId === HOME_POSITION.id) this.#socket.send(this.#writer.write(HOME_POSITION, HOME_FIELDS));
    if (messageId === AUTOPILOT_VERSION.id)
      this.#socket.send(this.#writer.write(AUTOPILOT_VERSION, VERSION_FIELDS));
  }

  speak(): void {
    this.#bootMs += 17;
    this.#socket.send(this.#frame());
    this.#turn++;
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #frame(): Uint8Array {
    if (this.#turn % 58 === 0) return this.#writer.write(HEARTBEAT, HEARTBEAT_FIELDS);
    const timeBootMs = this.#bootMs;
    switch (PATTERN[this.#turn % PATTERN.length]) {
      case 'POSITION':
        return this.#writer.write(GLOBAL_POSITION_INT, { ...POSITION_FIELDS, timeBootMs });
      case 'HUD':
        return this.#writer.write(VFR_HUD, HUD_FIELDS);
      case 'STATUS':
        return this.#writer.write(SYS_STATUS, STATUS_FIELDS);
      case 'TIME':
        return this.#writer.write(SYSTEM_TIME, {
          timeBootMs,
          timeUnixUsec: process.hrtime.bigint() / 1_000n,
        });
      default:
        return this.#writer.write(ATTITUDE, { ...ATTITUDE_FIELDS, timeBootMs });
    }
  }
}

const HEARTBEAT_FIELDS = {
  type: 2,
  autopilot: 3,
  baseMode: 81,
  customMode: 4,
  systemStatus: 3,
  mavlinkVersion: 3,
};
const ATTITUDE_FIELDS = { roll: 0.1, pitch: 0.1, yaw: 1, rollspeed: 0, pitchspeed: 0, yawspeed: 0 };
const POSITION_FIELDS = {
  ...{ lat: 423_500_000, lon: -710_600_000, alt: 60_000, relativeAlt: 40_000 },
  ...{ vx: 100, vy: 50, vz: 0, hdg: 9_000 },
};
const HUD_FIELDS = { airspeed: 12, groundspeed: 12, heading: 90, throttle: 40, alt: 60, climb: 0.1 };
const NOTHING = { payload: new DataView(new ArrayBuffer(256)) };
const STATUS_FIELDS = SYS_STATUS.read(NOTHING);
const HOME_FIELDS = { ...HOME_POSITION.read(NOTHING), latitude: 423_500_000, longitude: -710_600_000 };
const VERSION_FIELDS = { ...AUTOPILOT_VERSION.read(NOTHING), flightSwVersion: 0x04_06_03_ff };
