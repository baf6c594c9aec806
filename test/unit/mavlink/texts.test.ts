import { beforeEach, describe, expect, test } from 'vitest';
import { SKYRESCUE_VOICE, STATUSTEXT } from '../../../main/station/mavlink/generated/messages.ts';
import { type StatusText, StatusTextAssembler } from '../../../main/station/mavlink/protocol/status-text.ts';
import { type Utterance, VoiceAssembler } from '../../../main/station/mavlink/protocol/voice.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { CALM, type End, wire } from '../../support/mavlink-wire.ts';

let clock: FakeClock;
let vehicle: End;
let texts: StatusText[];
let utterances: Utterance[];

beforeEach(() => {
  clock = new FakeClock();
  const ends = wire(clock, CALM, [255, 190], [5, 1]);
  vehicle = ends.vehicle;
  texts = [];
  utterances = [];
  const statusTexts = new StatusTextAssembler(clock, (text) => texts.push(text));
  const voices = new VoiceAssembler(clock, (utterance) => utterances.push(utterance));
  ends.station.onFrame = (frame) => {
    statusTexts.receive(frame);
    voices.receive(frame);
  };
});

function say(id: number, chunkSeq: number, text: string): void {
  vehicle.send(STATUSTEXT, { severity: 4, id, chunkSeq, text });
  clock.advance(1);
}

describe('STATUSTEXT', () => {
  const whole =
    'PreArm: Accels inconsistent, and a sentence that is longer than one message can be, é at the seam';

  test('a text without chunks comes at once', () => {
    say(0, 0, 'PreArm: GPS 1: not healthy');
    expect(texts).toEqual([{ systemId: 5, componentId: 1, severity: 4, text: 'PreArm: GPS 1: not healthy' }]);
  });

  test.each([
    ['in order', [0, 1]],
    ['out of order', [1, 0]],
    ['repeated', [0, 0, 1, 1, 0]],
  ])('chunks %s make one text', (_how, order) => {
    const chunks = [whole.slice(0, 50), whole.slice(50)];
    for (const chunk of order) say(9, chunk, chunks[chunk] ?? '');
    clock.advance(5000);
    expect(texts.map(({ text }) => text)).toEqual([whole]);
  });

  test('a missing chunk is an ellipsis after a second', () => {
    say(9, 0, 'a'.repeat(50));
    say(9, 2, 'end');
    expect(texts).toHaveLength(0);
    clock.advance(1000);
    expect(texts.map(({ text }) => text)).toEqual([`${'a'.repeat(50)}…end`]);
  });

  test('the same id later is a new text', () => {
    say(9, 0, 'first');
    clock.advance(2000);
    say(9, 0, 'second');
    expect(texts.map(({ text }) => text)).toEqual(['first', 'second']);
  });

  test('a flood of texts that never end is given out as it is, the oldest first', () => {
    for (let id = 1; id <= 300; id++)
      vehicle.send(STATUSTEXT, { severity: 4, id, chunkSeq: 0, text: 'x'.repeat(50) });
    clock.advance(1);
    expect(texts).toHaveLength(44);
    clock.advance(1000);
    expect(texts).toHaveLength(300);
  });
});

describe('SKYRESCUE_VOICE', () => {
  function speak(chunk: number, chunks: number, bytes: Uint8Array, confidence = 87): void {
    // A chunk may end in mid-character, which no string can say: the bytes are put in place afterwards.
    const head = {
      timeUsec: 1n,
      utterance: 3,
      speaker: 2,
      language: 'en',
      conversationState: 'CPR_COACHING',
    };
    vehicle.send(
      {
        ...SKYRESCUE_VOICE,
        write(
          payload,
          fields: typeof head & { chunk: number; chunks: number; confidence: number; text: string },
        ) {
          SKYRESCUE_VOICE.write(payload, fields);
          new Uint8Array(payload.buffer, payload.byteOffset + SKYRESCUE_VOICE.maxLength - 160, 160).set(
            bytes,
          );
        },
        read: () => {
          throw new Error('not used');
        },
      },
      { ...head, chunk, chunks, confidence, text: '' },
    );
    clock.advance(1);
  }

  const bytes = new TextEncoder().encode(`${'x'.repeat(159)}ñ and the rest`);

  test('chunks make one utterance, also when cut in mid-character', () => {
    speak(1, 2, bytes.subarray(160));
    speak(0, 2, bytes.subarray(0, 160));
    speak(0, 2, bytes.subarray(0, 160));
    clock.advance(3000);
    expect(utterances).toEqual([
      {
        systemId: 5,
        componentId: 1,
        utterance: 3,
        speaker: 2,
        language: 'en',
        confidence: 0.87,
        conversationState: 'CPR_COACHING',
        text: `${'x'.repeat(159)}ñ and the rest`,
        complete: true,
      },
    ]);
  });

  test('missing chunks show, and confidence that is not given is null', () => {
    speak(1, 3, new TextEncoder().encode('middle'), 255);
    clock.advance(2000);
    expect(utterances).toMatchObject([{ text: '…middle…', complete: false, confidence: null }]);
  });

  test('an utterance of 255 chunks is cut and says so', () => {
    for (let chunk = 0; chunk < 255; chunk++) speak(chunk, 255, new TextEncoder().encode('y'.repeat(160)));
    clock.advance(3000);
    expect(utterances).toHaveLength(1);
    expect(utterances[0]).toMatchObject({ complete: false });
    expect(utterances[0]?.text.length).toBeLessThanOrEqual(16 * 160 + 1);
  });
});
