import type { AcceptUnsigned, SigningState } from '../../../preload/contract/links.ts';
import type { Frame } from '../mavlink/frame.ts';
import { RADIO_STATUS } from '../mavlink/generated/messages.ts';
import {
  SigningStreams,
  SigningTimes,
  signatureIsRight,
  signFrame,
  signingTime,
  signingUnits,
  stampOf,
} from '../mavlink/signing.ts';
import type { Clock } from '../ports/clock.ts';
import type { FrameSigning, SigningFailure } from './traffic.ts';

/** The keys of one vehicle. While `next` is not null it was sent, and the vehicle has not yet signed with it. */
export interface SigningKeys {
  readonly current: Uint8Array | null;
  readonly next: Uint8Array | null;
}

/** How far the holders of the keys have come in time, by system id: what a replay is known by after a restart. */
export type SigningFloors = Readonly<
  Record<string, { readonly last: number; readonly streams: readonly (readonly [number, number])[] }>
>;

/** Floors are saved this often; what came in between counts as used after a restart. */
export const SAVE_FLOORS_MS = 5_000;
const MAVLINK_2 = 0xfd;

interface Ring {
  current: Uint8Array | null;
  next: Uint8Array | null;
  /** Sealed with another station's key: nothing can be verified, and nothing unsigned is believed. */
  unreadable: boolean;
  readonly times: SigningTimes;
  readonly streams: SigningStreams;
  verifiedAtMs: number | null;
}

/**
 * The signing keys of the vehicles, and whose frames count.
 *
 * ```
 *   NO KEY -- key sent --> CONFIRMING -- signed with the next key --> ACTIVE
 *                            ^                                         |
 *                            +------------- another key sent ----------+
 * ```
 *
 * While CONFIRMING the key before it, if there is one, still signs and verifies: a vehicle that did not hear of the
 * new one is not lost.
 */
export class SigningBook implements FrameSigning {
  readonly #clock: Clock;
  readonly #rings = new Map<number, Ring>();
  readonly #floors: SigningFloors;
  readonly #onConfirmed: (systemId: number) => void;
  readonly #onFailure: (systemId: number, failure: SigningFailure) => void;
  #moved = false;

  /** `floors` as saved before this start; neither callback may throw. */
  constructor(parts: {
    clock: Clock;
    floors: SigningFloors;
    onConfirmed: (systemId: number) => void;
    onFailure: (systemId: number, failure: SigningFailure) => void;
  }) {
    this.#clock = parts.clock;
    this.#floors = parts.floors;
    this.#onConfirmed = parts.onConfirmed;
    this.#onFailure = parts.onFailure;
  }

  states(): SigningState[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#rings].map(([systemId, { next, unreadable, verifiedAtMs }]) => ({
      systemId,
      state: unreadable ? 'UNREADABLE' : next === null ? 'ACTIVE' : 'CONFIRMING',
      verifiedMsAgo: verifiedAtMs === null ? null : nowMs - verifiedAtMs,
    }));
  }

  keysOf(systemId: number): SigningKeys {
    const { current = null, next = null } = this.#rings.get(systemId) ?? {};
    return { current, next };
  }

  /** Null: the keys are there and cannot be read. */
  setKeys(systemId: number, keys: SigningKeys | null): void {
    const ring = this.#rings.get(systemId) ?? this.#newRing(systemId);
    ring.current = keys?.current ?? null;
    ring.next = keys?.next ?? null;
    ring.unreadable = keys === null;
    this.#rings.set(systemId, ring);
  }

  forget(systemId: number): void {
    this.#rings.delete(systemId);
  }

  /** When the vehicle's key shall begin to count: later than all that was signed for it. */
  initialTimestamp(systemId: number): number {
    const times = this.#rings.get(systemId)?.times ?? new SigningTimes();
    this.#moved = true;
    return times.next(this.#clock.nowMs());
  }

  refusal(frame: Frame, policy: AcceptUnsigned): SigningFailure | null {
    if (!frame.signed && (policy === 'ALWAYS' || this.#rings.size === 0) && policy !== 'NEVER') return null;
    const failure = this.#judge(frame, policy);
    if (failure !== null) this.#onFailure(frame.systemId, failure);
    return failure;
  }

  sign(systemId: number, frame: Uint8Array, linkNumber: number): Uint8Array {
    const ring = this.#rings.get(systemId);
    if (ring === undefined || ring.current === null || frame[0] !== MAVLINK_2 || frame[2] !== 0) return frame;
    this.#moved = true;
    return signFrame(frame, ring.current, linkNumber, ring.times.next(this.#clock.nowMs()));
  }

  /** What to save now; null: nothing has moved since it was asked last. */
  movedFloors(): SigningFloors | null {
    if (!this.#moved) return null;
    this.#moved = false;
    return {
      ...this.#floors,
      ...Object.fromEntries(
        [...this.#rings].map(([systemId, { times, streams }]) => [
          systemId,
          { last: times.last, streams: streams.entries() },
        ]),
      ),
    };
  }

  #judge(frame: Frame, policy: AcceptUnsigned): SigningFailure | null {
    const ring = this.#rings.get(frame.systemId);
    if (!frame.signed) {
      // Radios report on themselves and have no key.
      if (frame.messageId === RADIO_STATUS.id) return null;
      const keyed = ring !== undefined && (ring.current !== null || ring.unreadable);
      return policy === 'NEVER' || keyed ? 'UNSIGNED' : null;
    }
    if (ring === undefined) return policy === 'NEVER' ? 'WRONG' : null;
    return this.#judgeSigned(frame, ring, policy);
  }

  #judgeSigned(frame: Frame, ring: Ring, policy: AcceptUnsigned): SigningFailure | null {
    const { bytes, componentId, systemId } = frame;
    const byCurrent = ring.current !== null && signatureIsRight(bytes, ring.current);
    const byNext = !byCurrent && ring.next !== null && signatureIsRight(bytes, ring.next);
    if (!byCurrent && !byNext) {
      // Signed with a key that this station never had: as good as unsigned, until there is one of its own.
      const strange = ring.current === null && !ring.unreadable && policy !== 'NEVER';
      return strange ? null : 'WRONG';
    }
    const stamp = stampOf(bytes);
    const knownTime = Math.max(signingTime(this.#clock.nowMs()), ring.times.last);
    const verdict = ring.streams.accept(componentId, stamp, knownTime);
    if (verdict !== 'FRESH') return verdict;
    this.#moved = true;
    ring.times.raise(stamp.timestamp);
    ring.verifiedAtMs = this.#clock.monotonicMs();
    if (byNext) {
      ring.current = ring.next;
      ring.next = null;
      this.#onConfirmed(systemId);
    }
    return null;
  }

  #newRing(systemId: number): Ring {
    const saved = this.#floors[systemId];
    const unsaved = signingUnits(SAVE_FLOORS_MS);
    return {
      current: null,
      next: null,
      unreadable: false,
      times: new SigningTimes(saved === undefined ? 0 : saved.last + unsaved),
      streams: new SigningStreams(saved?.streams.map(([stream, newest]) => [stream, newest + unsaved])),
      verifiedAtMs: null,
    };
  }
}
