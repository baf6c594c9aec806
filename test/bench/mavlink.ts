import { PassThrough } from 'node:stream';
import {
  createMavLinkStream,
  type MavLinkPacket,
  MavLinkProtocolV2,
  MSG_ID_MAGIC_NUMBER,
} from 'node-mavlink';
import { FrameParser } from '../../main/station/mavlink/frame-parser.ts';
import { MESSAGE_DEFINITIONS } from '../../main/station/mavlink/generated/messages.ts';
import { seededRandom } from '../../main/station/ports/random.ts';
import { linkFigures } from '../support/link-figures.ts';
import { MESSAGE_CLASSES, type MessageClass, randomValue } from '../support/mavlink-oracle.ts';
import { protocolFigures } from '../support/protocol-figures.ts';
import { referenceParser } from '../support/reference-parser.ts';
import type { Figure } from './figure.ts';

/** What an ArduCopter sends at a stream rate of 4 Hz, as message ids. */
const STREAM = [
  0, 1, 2, 24, 27, 29, 30, 33, 36, 42, 62, 65, 74, 116, 125, 129, 136, 137, 147, 152, 163, 164, 178, 193, 241,
  11_030,
];
const PACKETS = 26_000;
/** The station is this much faster, so that both run about as long. */
const STATION_PASSES = 10;
const TARGET_RATIO = 10;
const C_PASSES = 20;
const TARGET_RATIO_TO_C = 0.8;

/**
 * Decoding datagram by datagram, every field read: the station's codec against node-mavlink and a C parser, in turns,
 * all by the time that their own thread was at work. Then what the protocols take, and the links.
 */
export async function run({ seed, rounds }: { seed: number; rounds: number }): Promise<Figure[]> {
  const datagrams = makeDatagrams(seed);
  const station: number[] = [];
  const node: number[] = [];
  const c: number[] = [];
  const reference = referenceParser(datagrams);
  if (reference === null)
    console.error('There is no C compiler (cc) here: the comparison with C is left out.');
  // The first round of each warms the compiler up.
  for (let round = 0; round <= rounds; round++) {
    const stationRate = measureStation(datagrams);
    const nodeRate = await measureNode(datagrams);
    const cRate = reference?.measure(C_PASSES) ?? null;
    if (round === 0) continue;
    station.push(stationRate);
    node.push(nodeRate);
    if (cRate !== null) c.push(cRate);
  }
  reference?.close();
  const ratio = median(station) / median(node);
  const figure = (name: string, value: number, unit: string) => ({
    suite: 'mavlink',
    figure: name,
    value,
    unit,
  });
  return [
    { ...figure('decode rate, station', Math.round(median(station)), 'packets/s'), target: null, ok: true },
    { ...figure('decode rate, node-mavlink', Math.round(median(node)), 'packets/s'), target: null, ok: true },
    {
      ...figure('decode rate, station to node-mavlink', Number(ratio.toFixed(1)), 'times'),
      target: `>= ${TARGET_RATIO}`,
      ok: ratio >= TARGET_RATIO,
    },
    ...(reference === null ? [] : figuresOfC(median(station), median(c), figure)),
    ...(await protocolFigures(seed, rounds)),
    ...(await linkFigures()),
  ];
}

function figuresOfC(
  station: number,
  c: number,
  figure: (name: string, value: number, unit: string) => Pick<Figure, 'suite' | 'figure' | 'value' | 'unit'>,
): Figure[] {
  const ratio = station / c;
  return [
    { ...figure('decode rate, C', Math.round(c), 'packets/s'), target: null, ok: true },
    {
      ...figure('decode rate, station to C', Number(ratio.toFixed(2)), 'times'),
      target: `>= ${TARGET_RATIO_TO_C}`,
      ok: ratio >= TARGET_RATIO_TO_C,
    },
  ];
}

function makeDatagrams(seed: number): Buffer[] {
  const random = seededRandom(seed);
  const protocol = new MavLinkProtocolV2(1, 1);
  const classes = STREAM.map((id) => MESSAGE_CLASSES.find((type) => type.MSG_ID === id)).filter(
    (type): type is MessageClass => type !== undefined,
  );
  return Array.from({ length: PACKETS }, (_, index) => {
    const type = classes[index % classes.length];
    if (type === undefined) throw new Error('No message class of the stream is known.');
    const message = new type();
    for (const field of type.FIELDS) Object.assign(message, { [field.name]: randomValue(field, random) });
    return Buffer.from(protocol.serialize(message as Parameters<typeof protocol.serialize>[0], index % 256));
  });
}

/** Packets a second. */
function measureStation(datagrams: readonly Buffer[]): number {
  const definitions = new Map(MESSAGE_DEFINITIONS.map((definition) => [definition.id, definition]));
  let read = 0;
  const parser = new FrameParser((frame) => {
    if (definitions.get(frame.messageId)?.read(frame) !== undefined) read++;
  });
  const start = process.threadCpuUsage();
  for (let pass = 0; pass < STATION_PASSES; pass++) {
    for (const datagram of datagrams) {
      parser.push(datagram);
      parser.endOfDatagram();
    }
  }
  return rate(read, datagrams.length * STATION_PASSES, start);
}

/** Packets a second. */
async function measureNode(datagrams: readonly Buffer[]): Promise<number> {
  const classes = new Map(MESSAGE_CLASSES.map((type) => [type.MSG_ID, type]));
  const input = new PassThrough();
  const magicNumbers = { ...MSG_ID_MAGIC_NUMBER };
  for (const type of MESSAGE_CLASSES) magicNumbers[type.MSG_ID] = type.MAGIC_NUMBER;
  const packets = createMavLinkStream(input, { magicNumbers });
  let read = 0;
  packets.on('data', (packet: MavLinkPacket) => {
    const type = classes.get(packet.header.msgid);
    if (type !== undefined && packet.protocol.data(packet.payload, type as never) !== undefined) read++;
  });
  const ended = new Promise((resolve) => packets.once('end', resolve));
  const start = process.threadCpuUsage();
  for (const datagram of datagrams)
    if (!input.write(datagram)) await new Promise((resolve) => input.once('drain', resolve));
  input.end();
  await ended;
  return rate(read, datagrams.length, start);
}

function rate(read: number, expected: number, start: NodeJS.CpuUsage): number {
  if (read !== expected) throw new Error(`${read} of ${expected} packets were read: the comparison is void.`);
  const { user, system } = process.threadCpuUsage(start);
  return (1e6 * read) / (user + system);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
