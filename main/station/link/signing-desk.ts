import { Refusal } from '../../../preload/contract/errors.ts';
import type { SigningState } from '../../../preload/contract/links.ts';
import { FrameWriter } from '../mavlink/frame-writer.ts';
import { SETUP_SIGNING } from '../mavlink/generated/messages.ts';
import { KEY_LENGTH } from '../mavlink/signing.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { LinkSet } from './link-set.ts';
import type { Path } from './path.ts';
import { SAVE_FLOORS_MS, SigningBook, type SigningFloors, type SigningKeys } from './signing-book.ts';
import type { FrameSigning, SigningFailure } from './traffic.ts';

/** Where keys and times are kept over restarts. */
export interface SigningStore {
  /** By system id; null: a key that this station cannot read. */
  loadKeys(): Promise<ReadonlyMap<number, SigningKeys | null>>;
  /** Durable when it resolves; null: forgotten. */
  saveKeys(systemId: number, keys: SigningKeys | null): Promise<void>;
  loadFloors(): Promise<SigningFloors>;
  saveFloors(floors: SigningFloors): Promise<void>;
}

/** What people do with signing. */
export interface SigningDesk {
  readonly signing: FrameSigning;
  states(): SigningState[];
  /** Refuses (CONFLICT) without a wired link to the vehicle, or while it is armed. Resolves when the key was sent. */
  setUp(systemId: number): Promise<void>;
  end(systemId: number): Promise<void>;
  /** To be called once, when the links are there. */
  attach(links: LinkSet): void;
  close(): Promise<void>;
}

const STATION_SYSTEM = 255;
const STATION_COMPONENT = 190;
const AUTOPILOT_COMPONENT = 1;
const TRIES = 3;
const TRY_MS = 2_000;
const CONFIRM_MS = 10_000;
const HEARD_MS = 3_000;
const WATCH_MS = 1_000;
/** So many refused frames in so long are no accident of the radio. */
const FAILURES = 5;
const FAILURES_WITHIN_MS = 10_000;
const NO_KEY = new Uint8Array(KEY_LENGTH);

export async function createSigningDesk(parts: {
  store: SigningStore;
  /** As people call the vehicle. */
  nameOf: (systemId: number) => string;
  isArmed: (systemId: number) => boolean;
  clock: Clock;
  random: Random;
  alerts: Alerts;
  log: Log;
}): Promise<SigningDesk> {
  const { store } = parts;
  const [keys, floors] = await Promise.all([store.loadKeys(), store.loadFloors()]);
  const desk = new Desk(parts, floors);
  for (const [systemId, ring] of keys) desk.book.setKeys(systemId, ring);
  return desk;
}

class Desk implements SigningDesk {
  readonly book: SigningBook;
  readonly #parts: Parameters<typeof createSigningDesk>[0];
  readonly #writer = new FrameWriter(STATION_SYSTEM, STATION_COMPONENT);
  readonly #stops: (() => void)[];
  /** By system id: what was refused since when. */
  readonly #failures = new Map<number, { sinceMs: number; count: number; kind: SigningFailure }>();
  readonly #alerted = new Set<number>();
  readonly #cancelTries = new Map<number, () => void>();
  #links: LinkSet | null = null;
  #saving: Promise<void> = Promise.resolve();

  constructor(parts: Parameters<typeof createSigningDesk>[0], floors: SigningFloors) {
    this.#parts = parts;
    this.book = new SigningBook({
      clock: parts.clock,
      floors,
      onConfirmed: (systemId) => this.#confirmed(systemId),
      onFailure: (systemId, failure) => this.#failed(systemId, failure),
    });
    this.#stops = [
      parts.clock.every(SAVE_FLOORS_MS, () => this.#saveFloors()),
      parts.clock.every(WATCH_MS, () => this.#watch()),
    ];
  }

  get signing(): FrameSigning {
    return this.book;
  }

  states(): SigningState[] {
    return this.book.states();
  }

  attach(links: LinkSet): void {
    this.#links = links;
  }

  async setUp(systemId: number): Promise<void> {
    const path = this.#wiredPath(systemId);
    if (path === null)
      throw new Refusal(
        'CONFLICT',
        'Keys are sent over a wired link only. Connect the drone by cable, mark that link as wired, then try again.',
      );
    this.#requireDisarmed(systemId);
    const { current } = this.book.keysOf(systemId);
    const next = this.#parts.random.bytes(KEY_LENGTH);
    // Kept before it is sent: a key that only the drone knows would lock the station out.
    await this.#parts.store.saveKeys(systemId, { current, next });
    this.book.setKeys(systemId, { current, next });
    this.#parts.log.info('signing.key-sent', { systemId });
    this.#try(systemId, next, TRIES);
  }

  async end(systemId: number): Promise<void> {
    this.#requireDisarmed(systemId);
    const path = this.#wiredPath(systemId);
    if (path !== null) this.#send(path, NO_KEY);
    this.#cancelTries.get(systemId)?.();
    this.book.forget(systemId);
    this.#parts.alerts.clear(confirmCause(systemId));
    await this.#parts.store.saveKeys(systemId, null);
    this.#parts.log.info('signing.key-forgotten', { systemId });
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    for (const cancel of this.#cancelTries.values()) cancel();
    this.#saveFloors();
    await this.#saving;
  }

  #try(systemId: number, next: Uint8Array, triesLeft: number): void {
    const { clock } = this.#parts;
    this.#cancelTries.get(systemId)?.();
    if (this.book.keysOf(systemId).next !== next) return;
    if (triesLeft === 0) {
      this.#cancelTries.set(
        systemId,
        clock.after(CONFIRM_MS - TRIES * TRY_MS, () => this.#unconfirmed(systemId, next)),
      );
      return;
    }
    // Unplugged or armed meanwhile: then it is not sent again.
    const path = this.#parts.isArmed(systemId) ? null : this.#wiredPath(systemId);
    if (path !== null) this.#send(path, next);
    this.#cancelTries.set(
      systemId,
      clock.after(TRY_MS, () => this.#try(systemId, next, triesLeft - 1)),
    );
  }

  #send(path: Path, key: Uint8Array): void {
    const { systemId } = path;
    const initialTimestamp = key === NO_KEY ? 0n : BigInt(this.book.initialTimestamp(systemId));
    this.#links?.sendOn(
      path,
      this.#writer.write(SETUP_SIGNING, {
        targetSystem: systemId,
        targetComponent: AUTOPILOT_COMPONENT,
        secretKey: [...key],
        initialTimestamp,
      }),
    );
  }

  #wiredPath(systemId: number): Path | null {
    const links = this.#links;
    const nowMs = this.#parts.clock.monotonicMs();
    const heard = links?.paths(systemId).filter((path) => nowMs - path.lastHeardMs <= HEARD_MS) ?? [];
    return heard.find((path) => links?.isWired(path)) ?? null;
  }

  #requireDisarmed(systemId: number): void {
    if (this.#parts.isArmed(systemId))
      throw new Refusal('CONFLICT', 'The drone is armed. Keys are changed on the ground, disarmed.');
  }

  #confirmed(systemId: number): void {
    const { log, alerts, store } = this.#parts;
    this.#cancelTries.get(systemId)?.();
    this.#cancelTries.delete(systemId);
    alerts.clear(confirmCause(systemId));
    log.info('signing.key-confirmed', { systemId });
    store
      .saveKeys(systemId, this.book.keysOf(systemId))
      // Both keys are still kept: after a restart the drone confirms the new one again.
      .catch((error: unknown) => log.error('signing.save-failed', { systemId, error: nameOfError(error) }));
  }

  #unconfirmed(systemId: number, next: Uint8Array): void {
    this.#cancelTries.delete(systemId);
    if (this.book.keysOf(systemId).next !== next) return;
    this.#parts.alerts.raise({
      cause: confirmCause(systemId),
      level: 'CAUTION',
      subject: this.#parts.nameOf(systemId),
      sentence:
        'The drone has not confirmed its new signing key; the earlier one still holds. Set it up again over the cable.',
    });
  }

  #failed(systemId: number, kind: SigningFailure): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const known = this.#failures.get(systemId);
    if (known === undefined || nowMs - known.sinceMs > FAILURES_WITHIN_MS)
      this.#failures.set(systemId, { sinceMs: nowMs, count: 1, kind });
    else {
      known.count++;
      known.kind = kind;
    }
  }

  #watch(): void {
    const { alerts, nameOf, clock, log } = this.#parts;
    const nowMs = clock.monotonicMs();
    for (const [systemId, { sinceMs, count, kind }] of this.#failures) {
      if (nowMs - sinceMs > FAILURES_WITHIN_MS + WATCH_MS) {
        this.#failures.delete(systemId);
        if (this.#alerted.delete(systemId)) alerts.clear(failureCause(systemId));
      } else if (count >= FAILURES && !this.#alerted.has(systemId)) {
        this.#alerted.add(systemId);
        log.warn('signing.refused', { systemId, kind });
        alerts.raise({
          cause: failureCause(systemId),
          level: 'CAUTION',
          subject: nameOf(systemId),
          sentence: FAILURE_SENTENCES[kind],
        });
      }
    }
  }

  #saveFloors(): void {
    const floors = this.book.movedFloors();
    if (floors === null) return;
    this.#saving = this.#parts.store
      .saveFloors(floors)
      .catch((error: unknown) =>
        this.#parts.log.warn('signing.floors-failed', { error: nameOfError(error) }),
      );
  }
}

const FAILURE_SENTENCES: Record<SigningFailure, string> = {
  UNSIGNED:
    'Packets in this drone’s name come without a signature and are ignored. Check who sends them, or set up its key again.',
  WRONG:
    'Packets in this drone’s name carry a wrong signature and are ignored. Check who sends them, or set up its key again.',
  REPLAYED:
    'Packets in this drone’s name were used before and are ignored. Somebody may play a recording: check the links.',
  TOO_OLD:
    'Packets in this drone’s name are signed with an old time and are ignored. Check the clock of this station.',
};

function confirmCause(systemId: number): string {
  return `signing-confirm:${systemId}`;
}

function failureCause(systemId: number): string {
  return `signing-refused:${systemId}`;
}

function nameOfError(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
