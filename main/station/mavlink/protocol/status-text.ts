import type { Clock } from '../../ports/clock.ts';
import type { Frame } from '../frame.ts';
import { STATUSTEXT } from '../generated/messages.ts';
import { readTextBytes } from '../payload.ts';
import { ChunkedTexts } from './chunked-texts.ts';

/** STATUSTEXT.text lies behind the severity. Its bytes are needed, since a chunk may end in mid-character. */
const TEXT_OFFSET = 1;
const TEXT_LENGTH = 50;

export interface StatusText {
  readonly systemId: number;
  readonly componentId: number;
  /** MAV_SEVERITY: 0 emergency … 7 debug. */
  readonly severity: number;
  readonly text: string;
}

/**
 * Whole texts from STATUSTEXT chunks.
 *
 * ```
 *  id 0 ----------------------------------------------------> text
 *  id n, any chunk --> COLLECTING -- the chunk that is not full, and all before it --> text
 *                      |        ^
 *                      +--------+ further chunk
 *                      +-- 1 s -- what there is, gaps as an ellipsis --> text
 * ```
 */
export class StatusTextAssembler {
  readonly #onText: (text: StatusText) => void;
  readonly #texts: ChunkedTexts<Omit<StatusText, 'text'>>;

  constructor(clock: Clock, onText: (text: StatusText) => void) {
    this.#onText = onText;
    const limits = { texts: 256, chunksPerText: 16, timeoutMs: 1000 };
    this.#texts = new ChunkedTexts(clock, limits, ({ head, text }) => onText({ ...head, text }));
  }

  receive(frame: Frame): void {
    if (frame.messageId !== STATUSTEXT.id) return;
    const { severity, text, id, chunkSeq } = STATUSTEXT.read(frame);
    const { systemId, componentId } = frame;
    if (id === 0) {
      this.#onText({ systemId, componentId, severity, text });
      return;
    }
    const bytes = readTextBytes(frame.payload, TEXT_OFFSET, TEXT_LENGTH);
    const total = bytes.length < TEXT_LENGTH ? chunkSeq + 1 : null;
    this.#texts.add(
      `${systemId}/${componentId}/${id}`,
      { systemId, componentId, severity },
      chunkSeq,
      bytes,
      total,
    );
  }

  close(): void {
    this.#texts.close();
  }
}
