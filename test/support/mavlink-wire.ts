import type { Frame, MessageDefinition } from '../../main/station/mavlink/frame.ts';
import { FrameParser } from '../../main/station/mavlink/frame-parser.ts';
import { FrameWriter } from '../../main/station/mavlink/frame-writer.ts';
import type { ProtocolPort } from '../../main/station/mavlink/protocol/protocol-port.ts';
import type { Clock } from '../../main/station/ports/clock.ts';
import { type Random, seededRandom } from '../../main/station/ports/random.ts';

export interface Weather {
  seed: number;
  /** Share of packets that are lost, each way. */
  loss: number;
  /** Share of packets that come twice. */
  duplicates: number;
  /** Each packet takes up to this long, which reorders them. */
  delayMs: number;
}

export const CALM: Weather = { seed: 1, loss: 0, duplicates: 0, delayMs: 0 };

/** One end of a wire: writes frames as one sender, and hands on what the other end wrote. */
export interface End extends ProtocolPort {
  onFrame: (frame: Frame) => void;
}

/** A wire of real bytes between two senders that loses, repeats, delays and reorders packets as the seed says. */
export function wire(
  clock: Clock,
  weather: Weather,
  station: [number, number],
  vehicle: [number, number],
): { station: End; vehicle: End } {
  const random = seededRandom(weather.seed);
  const ends: { station: End; vehicle: End } = {
    station: end(clock, station, (bytes) => carry(clock, weather, random, bytes, toVehicle)),
    vehicle: end(clock, vehicle, (bytes) => carry(clock, weather, random, bytes, toStation)),
  };
  const toVehicle = parserFor(ends.vehicle);
  const toStation = parserFor(ends.station);
  return ends;
}

function end(
  clock: Clock,
  [systemId, componentId]: [number, number],
  write: (bytes: Uint8Array) => void,
): End {
  const writer = new FrameWriter(systemId, componentId);
  return {
    systemId,
    componentId,
    clock,
    send: <Fields>(definition: MessageDefinition<Fields>, fields: Fields) =>
      write(writer.write(definition, fields)),
    onFrame: () => {},
  };
}

function parserFor(receiver: End): (bytes: Uint8Array) => void {
  return (bytes) => {
    const parser = new FrameParser((frame) => receiver.onFrame(frame));
    parser.push(bytes);
    parser.endOfDatagram();
  };
}

function carry(
  clock: Clock,
  weather: Weather,
  random: Random,
  bytes: Uint8Array,
  deliver: (bytes: Uint8Array) => void,
): void {
  const copies = random.next() < weather.duplicates ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) {
    if (random.next() < weather.loss) continue;
    clock.after(random.next() * weather.delayMs, () => deliver(bytes));
  }
}
