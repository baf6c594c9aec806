import { MavLinkProtocolV1, MavLinkProtocolV2 } from 'node-mavlink';
import { expect, test } from 'vitest';
import { FrameParser } from '../../../main/station/mavlink/frame-parser.ts';
import { FrameWriter } from '../../../main/station/mavlink/frame-writer.ts';
import { MESSAGE_DEFINITIONS } from '../../../main/station/mavlink/generated/messages.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import {
  type Fields,
  MESSAGE_CLASSES,
  type MessageClass,
  randomValue,
  stationName,
} from '../../support/mavlink-oracle.ts';

const SEED = Number(process.env.SEED ?? 20_261);
const ROUNDS = 5;
const definitions = new Map(MESSAGE_DEFINITIONS.map((definition) => [definition.id, definition]));

type NodeMessage = Parameters<MavLinkProtocolV2['serialize']>[0];

/** The same random message in node-mavlink's names and in the station's. */
function randomMessage(type: MessageClass, random: ReturnType<typeof seededRandom>) {
  const theirs = new type() as unknown as Fields;
  const ours: Fields = {};
  for (const field of type.FIELDS) {
    const value = randomValue(field, random);
    theirs[field.name] = value;
    ours[stationName(field)] = value;
  }
  return { theirs: theirs as unknown as NodeMessage, ours };
}

function definitionOf(id: number) {
  const definition = definitions.get(id);
  if (definition === undefined) throw new Error(`No definition of ${id}`);
  return definition;
}

test.each([1, 2] as const)(
  'what node-mavlink writes as MAVLink %i the station reads field for field',
  (version) => {
    console.log(`seed ${SEED}`);
    const random = seededRandom(SEED);
    const protocol = version === 1 ? new MavLinkProtocolV1(7, 1) : new MavLinkProtocolV2(7, 1);
    let read: Fields | null = null;
    const parser = new FrameParser((frame) => {
      expect(frame).toMatchObject({ version, systemId: 7, componentId: 1, signed: false, sequence: 42 });
      read = definitionOf(frame.messageId).read(frame) as Fields;
    });
    let compared = 0;
    for (const type of MESSAGE_CLASSES) {
      if (version === 1 && type.MSG_ID > 255) continue;
      for (let round = 0; round < ROUNDS; round++) {
        const { theirs, ours } = randomMessage(type, random);
        read = null;
        parser.push(protocol.serialize(theirs, 42));
        parser.endOfDatagram();
        expect(read, type.MSG_NAME).toEqual(ours);
        compared++;
      }
    }
    expect(parser.counters).toMatchObject({ frames: compared, badCrc: 0, unknownIds: 0, noiseBytes: 0 });
  },
);

test('what the station writes node-mavlink reads field for field', () => {
  console.log(`seed ${SEED}`);
  const random = seededRandom(SEED + 1);
  const writer = new FrameWriter(255, 190);
  const protocol = new MavLinkProtocolV2();
  let sequence = 0;
  for (const type of MESSAGE_CLASSES) {
    for (let round = 0; round < ROUNDS; round++) {
      const { theirs, ours } = randomMessage(type, random);
      const frame = Buffer.from(writer.write(definitionOf(type.MSG_ID), ours));
      const header = protocol.header(frame);
      expect(header).toMatchObject({ sysid: 255, compid: 190, msgid: type.MSG_ID, seq: sequence % 256 });
      // Byte for byte what node-mavlink itself writes, checksum included, but for the empty payload, which the
      // standard wants to be one byte.
      const expected = new MavLinkProtocolV2(255, 190).serialize(theirs, sequence % 256);
      if (expected[1] !== 0) expect(frame.equals(expected), type.MSG_NAME).toBe(true);
      const data = protocol.data(protocol.payload(frame), type as never) as unknown as Fields;
      for (const field of type.FIELDS)
        expect(data[field.name], field.source).toEqual(ours[stationName(field)]);
      sequence++;
    }
  }
});

test('our own dialect survives writing and reading', () => {
  const writer = new FrameWriter(9, 191);
  const ours = MESSAGE_DEFINITIONS.filter(({ id }) => id === 290 || id === 291 || id >= 42_100);
  expect(ours.map(({ name }) => name)).toContain('SKYRESCUE_VOICE');
  const parser = new FrameParser((frame) => {
    const definition = definitionOf(frame.messageId);
    const bytes = writer.write(definition, definition.read(frame));
    // All but sequence and checksum come out as they went in.
    expect(bytes.subarray(5, -2)).toEqual(frame.bytes.subarray(5, -2));
  });
  const random = seededRandom(SEED + 2);
  for (const definition of ours) {
    const noise = random.bytes(255).map((byte) => (byte % 90) + 33);
    const fields = definition.read({ payload: new DataView(noise.buffer) });
    parser.push(writer.write(definition, fields));
  }
  expect(parser.counters.frames).toBe(ours.length);
});
