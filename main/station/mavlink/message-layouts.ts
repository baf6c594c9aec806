import { MESSAGE_DEFINITIONS } from './generated/messages.ts';

/** In place of a CRC_EXTRA: the station does not know the message. */
export const UNKNOWN = -1;
const HIGHEST_ID = Math.max(...MESSAGE_DEFINITIONS.map(({ id }) => id));
const CRC_EXTRAS = new Int16Array(HIGHEST_ID + 1).fill(UNKNOWN);
/** By message id: the payload without extension fields. */
export const MIN_LENGTHS = new Uint8Array(HIGHEST_ID + 1);
for (const { id, crcExtra, minLength } of MESSAGE_DEFINITIONS) {
  CRC_EXTRAS[id] = crcExtra;
  MIN_LENGTHS[id] = minLength;
}

/** CRC_EXTRA of a message, or UNKNOWN. */
export function crcExtraOf(messageId: number): number {
  return messageId <= HIGHEST_ID ? (CRC_EXTRAS[messageId] as number) : UNKNOWN;
}
