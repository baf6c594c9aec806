import type { AcceptUnsigned } from '../../../preload/contract/links.ts';
import type { Frame } from '../mavlink/frame.ts';
import { SETUP_SIGNING } from '../mavlink/generated/messages.ts';

/** Hears everything that goes over the links. What it is handed holds only during the call. */
export interface TrafficTap {
  received(frame: Frame): void;
  /** A whole frame of a message that the station does not know. */
  passed(frame: Uint8Array): void;
  sent(frame: Uint8Array): void;
}

export type SigningFailure = 'UNSIGNED' | 'WRONG' | 'REPLAYED' | 'TOO_OLD';

/** Decides whose frames count, and signs what is sent. */
export interface FrameSigning {
  /** Why the frame does not count; null: it does. */
  refusal(frame: Frame, policy: AcceptUnsigned): SigningFailure | null;
  /** The frame as it goes to the system: signed where there is a key for it. */
  sign(systemId: number, frame: Uint8Array, linkNumber: number): Uint8Array;
}

export const UNSIGNED: FrameSigning = { refusal: () => null, sign: (_systemId, frame) => frame };

/** A frame that carries a signing key: it is neither recorded nor forwarded. */
export function carriesKey(frame: Uint8Array): boolean {
  const [start, , , , , , , low = 0, middle = 0, high = 0] = frame;
  return start === 0xfd && (low | (middle << 8) | (high << 16)) === SETUP_SIGNING.id;
}
