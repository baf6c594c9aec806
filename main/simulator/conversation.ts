import type { MavLinkData } from 'node-mavlink';
import {
  CALLS_INTO_THE_VOID,
  COACHING,
  type Language,
  type Line,
  NOBODY,
  type Speaker,
} from './cpr-coaching.ts';
import { type Dialect, utf8Characters } from './dialect.ts';
import type { ActiveFaults } from './faults.ts';
import { between, type Random } from './random.ts';

const SPEAKER_NUMBER: Readonly<Record<Speaker, number>> = { DRONE: 1, BYSTANDER: 2, AED_DEVICE: 3 };
const CHUNK_BYTES = 160;
const NOT_RECOGNISED_SPEECH = 255;

/** The talk at the scene: coaching in the bystander's language, one line after another. */
export class Conversation {
  readonly #dialect: Dialect;
  readonly #faults: ActiveFaults;
  readonly #random: Random;
  readonly #send: (data: MavLinkData) => void;
  #language: Language = 'en';
  #next = 0;
  #calls = 0;
  #sinceLineMs = 0;
  #utterances = 0;
  #atScene = false;

  constructor(dialect: Dialect, faults: ActiveFaults, random: Random, send: (data: MavLinkData) => void) {
    this.#dialect = dialect;
    this.#faults = faults;
    this.#random = random;
    this.#send = send;
  }

  step(dtMs: number, atScene: boolean, aedRemoved: boolean, nowMs: number): void {
    if (!atScene) {
      this.#atScene = false;
      return;
    }
    if (!this.#atScene) this.#arrive();
    this.#sinceLineMs += dtMs;
    const line = this.#nextLine();
    if (line === undefined || this.#sinceLineMs < line.afterS * 1000) return;
    if (line.needsAed && !aedRemoved) return;
    this.#sinceLineMs = 0;
    if (line.state === 'NO_ANSWER') this.#calls++;
    else this.#next++;
    if (!this.#faults.has('voice-lost')) this.#say(line, nowMs);
  }

  #arrive(): void {
    this.#atScene = true;
    this.#language = this.#random() < 0.65 ? 'en' : 'es';
    this.#next = 0;
    this.#calls = 0;
    this.#sinceLineMs = 0;
  }

  #nextLine(): Line | undefined {
    if (!this.#faults.has('person-free-scene')) return COACHING[this.#language][this.#next];
    return this.#calls < CALLS_INTO_THE_VOID ? NOBODY[this.#language] : undefined;
  }

  #say(line: Line, nowMs: number): void {
    const texts = chunksOf(line.text, CHUNK_BYTES);
    const confidence =
      line.speaker === 'BYSTANDER' ? Math.round(between(this.#random, 68, 98)) : NOT_RECOGNISED_SPEECH;
    const utterance = this.#utterances++ & 0xffff;
    texts.forEach((text, chunk) => {
      this.#send(
        this.#dialect.voice.create({
          timeUsec: BigInt(Math.round(nowMs * 1000)),
          utterance,
          chunk,
          chunks: texts.length,
          speaker: SPEAKER_NUMBER[line.speaker],
          confidence,
          language: this.#language,
          conversationState: line.state,
          text: utf8Characters(text),
        }),
      );
    });
  }
}

/** Cuts a text into pieces of at most `maximumBytes` of UTF-8, never through a character. */
export function chunksOf(text: string, maximumBytes: number): string[] {
  const chunks: string[] = [];
  let chunk = '';
  for (const character of text) {
    if (Buffer.byteLength(chunk + character) > maximumBytes) {
      chunks.push(chunk);
      chunk = '';
    }
    chunk += character;
  }
  return [...chunks, chunk];
}
