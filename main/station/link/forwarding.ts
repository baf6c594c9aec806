import { Refusal } from '../../../preload/contract/errors.ts';
import type { ForwardStatus } from '../../../preload/contract/links.ts';
import type { Frame } from '../mavlink/frame.ts';
import { FrameParser } from '../mavlink/frame-parser.ts';
import { MESSAGE_DEFINITIONS, SETUP_SIGNING } from '../mavlink/generated/messages.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { parseLinkAddress } from './parse-link-address.ts';
import type { TrafficTap } from './traffic.ts';
import { TrafficMeter } from './traffic-meter.ts';
import { UdpLink } from './udp-link.ts';

/** Other ground stations that hear what this one hears, and may command through it where that was allowed. */
export interface Forwarding extends TrafficTap {
  status(): ForwardStatus[];
  /** Refuses with INVALID_INPUT or CONFLICT. Returns the address as it is known. */
  add(address: string, twoWay: boolean): string;
  remove(address: string): Promise<void>;
  close(): Promise<void>;
}

export interface ForwardedCommand {
  readonly from: string;
  readonly systemId: number;
  readonly messageName: string;
}

const DATAGRAM_BYTES = 1_400;
const LONGEST_FRAME = 280;
const FLUSH_MS = 20;
const TICK_MS = 1_000;
const MOST_STATIONS = 8;
const STATION_SYSTEM = 255;
const STATION_COMPONENT = 190;
const DEFINITIONS = new Map(MESSAGE_DEFINITIONS.map((definition) => [definition.id, definition]));

export function createForwarding(parts: {
  /** False: the vehicle cannot be reached, and nothing is kept for it. */
  send: (systemId: number, frame: Uint8Array) => boolean;
  onCommand: (command: ForwardedCommand) => void;
  clock: Clock;
  log: Log;
}): Forwarding {
  const stations = new Map<string, ForwardStation>();
  const stops = [
    parts.clock.every(FLUSH_MS, () => {
      for (const station of stations.values()) station.flush();
    }),
    parts.clock.every(TICK_MS, () => {
      for (const station of stations.values()) station.meter.tick();
    }),
  ];
  return {
    status: () => [...stations.values()].map((station) => station.status()),
    add(given, twoWay) {
      const address = parseLinkAddress(
        given.includes(':') && /^[a-z]+:/i.test(given) ? given : `udpout:${given}`,
      );
      if (address.kind !== 'udpout')
        throw new Refusal('INVALID_INPUT', 'Write the other station as udpout:HOST:PORT.');
      if (stations.has(address.text))
        throw new Refusal(
          'CONFLICT',
          `Everything goes to ${address.text} already. Remove it first to change it.`,
        );
      if (stations.size >= MOST_STATIONS)
        throw new Refusal(
          'CONFLICT',
          `At most ${MOST_STATIONS} other stations can be fed. Remove one first.`,
        );
      stations.set(address.text, new ForwardStation(address, twoWay, parts));
      return address.text;
    },
    async remove(address) {
      const station = stations.get(address);
      if (station === undefined)
        throw new Refusal('NOT_FOUND', `Nothing is forwarded to ${address} any more.`);
      stations.delete(address);
      await station.close();
    },
    received(frame) {
      if (stations.size === 0 || frame.messageId === SETUP_SIGNING.id) return;
      for (const station of stations.values()) station.take(frame);
    },
    passed(bytes) {
      for (const station of stations.values()) station.takeBytes(bytes);
    },
    // What this station sends is its own affair: an echo of it would look like a second commander.
    sent() {},
    async close() {
      for (const stop of stops) stop();
      await Promise.all([...stations.values()].map((station) => station.close()));
    },
  };
}

class ForwardStation {
  readonly meter = new TrafficMeter();
  readonly #link: UdpLink;
  readonly #twoWay: boolean;
  readonly #parts: Parameters<typeof createForwarding>[0];
  readonly #buffer = Buffer.allocUnsafe(DATAGRAM_BYTES + LONGEST_FRAME);
  readonly #parser = new FrameParser(
    (frame) => this.#command(frame),
    () => this.#refused++,
  );
  #used = 0;
  #commandsForwarded = 0;
  #refused = 0;

  constructor(
    address: ConstructorParameters<typeof UdpLink>[0],
    twoWay: boolean,
    parts: Parameters<typeof createForwarding>[0],
  ) {
    this.#twoWay = twoWay;
    this.#parts = parts;
    this.#link = new UdpLink(address, {
      clock: parts.clock,
      log: parts.log,
      events: {
        onDatagram: (bytes, _host, port) => this.#answer(bytes, port),
        onStream: () => {},
      },
    }).start();
  }

  status(): ForwardStatus {
    const { address, state, notice } = this.#link;
    return {
      address,
      twoWay: this.#twoWay,
      state,
      notice,
      packetsPerSecond: this.meter.packetsPerSecond(),
      commandsForwarded: this.#commandsForwarded,
      refused: this.#refused,
    };
  }

  take(frame: Frame): void {
    this.#used += frame.copyInto(this.#buffer, this.#used);
    this.#taken();
  }

  takeBytes(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
    this.#taken();
  }

  flush(): void {
    const peer = this.#link.calledPeer;
    if (this.#used > 0 && peer !== null)
      this.#link.send(peer, Buffer.from(this.#buffer.subarray(0, this.#used)));
    this.#used = 0;
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  #taken(): void {
    this.meter.count(1, 0);
    if (this.#used > DATAGRAM_BYTES - LONGEST_FRAME) this.flush();
  }

  #answer(bytes: Uint8Array, port: number): void {
    if (!this.#twoWay || port !== this.#link.calledPeer?.port) {
      this.#refused++;
      return;
    }
    this.#parser.push(bytes);
    this.#parser.endOfDatagram();
  }

  /** Only what names one system and one component (F2), and never in this station's name. */
  #command(frame: Frame): void {
    const definition = DEFINITIONS.get(frame.messageId);
    const { targetSystem, targetComponent } = (definition?.read(frame) ?? {}) as {
      targetSystem?: number;
      targetComponent?: number;
    };
    const ours = frame.systemId === STATION_SYSTEM && frame.componentId === STATION_COMPONENT;
    const namesOne =
      typeof targetSystem === 'number' &&
      targetSystem > 0 &&
      targetSystem < STATION_SYSTEM &&
      targetComponent !== 0;
    if (ours || !namesOne || frame.messageId === SETUP_SIGNING.id || definition === undefined) {
      this.#refused++;
      return;
    }
    if (!this.#parts.send(targetSystem, frame.bytes.slice())) {
      this.#refused++;
      return;
    }
    this.#commandsForwarded++;
    const command = { from: this.#link.address, systemId: targetSystem, messageName: definition.name };
    this.#parts.log.info('link.forwarded-command', { ...command });
    this.#parts.onCommand(command);
  }
}
