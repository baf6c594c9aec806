import type { Clock } from '../../ports/clock.ts';
import type { Frame } from '../frame.ts';
import { SKYRESCUE_VOICE } from '../generated/messages.ts';
import { readTextBytes } from '../payload.ts';
import { ChunkedTexts } from './chunked-texts.ts';

/** SKYRESCUE_VOICE.text is the end of the payload. Its bytes are needed, since a chunk may end in mid-character. */
const TEXT_LENGTH = 160;
const TEXT_OFFSET = SKYRESCUE_VOICE.maxLength - TEXT_LENGTH;
const CONFIDENCE_NOT_GIVEN = 255;

export interface Utterance {
  readonly systemId: number;
  readonly componentId: number;
  /** Counts utterances since the drone booted; 65535 is followed by 0. */
  readonly utterance: number;
  /** SKYRESCUE_SPEAKER. */
  readonly speaker: number;
  /** ISO 639-1, or empty. */
  readonly language: string;
  /** 0–1, or null when it is not recognised speech. */
  readonly confidence: number | null;
  readonly conversationState: string;
  readonly text: string;
  /** False when chunks are missing; each gap in the text is an ellipsis. */
  readonly complete: boolean;
}

/**
 * Whole utterances from SKYRESCUE_VOICE chunks.
 *
 * ```
 *  any chunk --> COLLECTING -- all chunks are there --> utterance
 *                |        ^
 *                +--------+ further chunk
 *                +-- 2 s -- what there is, gaps as an ellipsis --> utterance, not complete
 * ```
 */
export class VoiceAssembler {
  readonly #texts: ChunkedTexts<Omit<Utterance, 'text' | 'complete'>>;

  constructor(clock: Clock, onUtterance: (utterance: Utterance) => void) {
    const limits = { texts: 256, chunksPerText: 16, timeoutMs: 2000 };
    this.#texts = new ChunkedTexts(clock, limits, ({ head, text, complete }) =>
      onUtterance({ ...head, text, complete }),
    );
  }

  receive(frame: Frame): void {
    if (frame.messageId !== SKYRESCUE_VOICE.id) return;
    const { systemId, componentId } = frame;
    const voice = SKYRESCUE_VOICE.read(frame);
    const { utterance, speaker, language, conversationState } = voice;
    const confidence =
      voice.confidence === CONFIDENCE_NOT_GIVEN ? null : Math.min(100, voice.confidence) / 100;
    this.#texts.add(
      `${systemId}/${componentId}/${utterance}`,
      { systemId, componentId, utterance, speaker, language, conversationState, confidence },
      voice.chunk,
      readTextBytes(frame.payload, TEXT_OFFSET, TEXT_LENGTH),
      Math.max(1, voice.chunks),
    );
  }

  close(): void {
    this.#texts.close();
  }
}
