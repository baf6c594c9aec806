import type { CloseReason, Emergency, EmergencyInput } from '../../../preload/contract/emergencies.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { type Random, uuidV7 } from '../ports/random.ts';
import type { Store } from '../store/store.ts';

export interface EmergencyDeskPorts {
  /** A person sees and changes what their coverage includes. */
  store: {
    as(dispatcherId: string): {
      read: Pick<Store['read'], 'emergency' | 'openEmergencies'>;
      write: Pick<Store['write'], 'createEmergency' | 'updateEmergency' | 'closeEmergency'>;
    };
  };
  clock: Clock;
  random: Random;
  /** The drone that flies a mission, not over, to this emergency; null: none does. */
  droneFlyingTo(emergencyId: string): string | null;
}

/** Clocks of two machines differ a little; a call from later than this is a typing error. */
const FUTURE_ALLOWED_MS = 60_000;

/**
 * Takes calls in, keeps them up to date and closes them, each for the person who asks. The database is the only owner of
 * what is open.
 */
export class EmergencyDesk {
  readonly #ports: EmergencyDeskPorts;
  readonly #watchers = new Set<() => void>();

  constructor(ports: EmergencyDeskPorts) {
    this.#ports = ports;
  }

  /** @throws {Refusal} INVALID_INPUT for a call from the future; FORBIDDEN outside the states that the person covers. */
  async create(input: EmergencyInput, dispatcherId: string): Promise<Emergency> {
    const { clock, random, store } = this.#ports;
    const nowMs = clock.nowMs();
    this.#checkTime(input, nowMs);
    const emergencyId = uuidV7(nowMs, random);
    return this.#changed(
      await store.as(dispatcherId).write.createEmergency({ ...input, emergencyId, nowMs }),
    );
  }

  /** @throws {Refusal} NOT_FOUND; CONFLICT when it is closed, or when a drone is on its way to another place. */
  async update(input: EmergencyInput & { emergencyId: string }, dispatcherId: string): Promise<Emergency> {
    this.#checkTime(input, this.#ports.clock.nowMs());
    const known = await this.get(input.emergencyId, dispatcherId);
    if (known.closed !== null)
      throw new Refusal('CONFLICT', 'This emergency is closed and cannot be changed. Take in a new one.');
    const flying = this.#ports.droneFlyingTo(input.emergencyId);
    const moved =
      known.position.latitudeDeg !== input.position.latitudeDeg ||
      known.position.longitudeDeg !== input.position.longitudeDeg;
    if (flying !== null && moved)
      throw new Refusal(
        'CONFLICT',
        `${flying} is already flying to the old place. Abort its mission first, or take in a new emergency.`,
      );
    return this.#changed(await this.#ports.store.as(dispatcherId).write.updateEmergency(input));
  }

  /** @throws {Refusal} NOT_FOUND; CONFLICT when it is closed already or a drone is flying to it. */
  async close(input: {
    emergencyId: string;
    reason: CloseReason;
    note: string | null;
    byDispatcherId: string;
  }): Promise<Emergency> {
    const known = await this.get(input.emergencyId, input.byDispatcherId);
    if (known.closed !== null) throw new Refusal('CONFLICT', 'This emergency is already closed.');
    if (input.reason === 'OTHER' && (input.note === null || input.note.trim() === ''))
      throw new Refusal('INVALID_INPUT', 'Say in the note why no drone goes.');
    const flying = this.#ports.droneFlyingTo(input.emergencyId);
    if (flying !== null)
      throw new Refusal('CONFLICT', `${flying} is flying to this emergency. Abort its mission first.`);
    const nowMs = this.#ports.clock.nowMs();
    const { write } = this.#ports.store.as(input.byDispatcherId);
    return this.#changed(await write.closeEmergency({ ...input, nowMs }));
  }

  /** @throws {Refusal} NOT_FOUND. */
  async get(emergencyId: string, dispatcherId: string): Promise<Emergency> {
    const emergency = await this.#ports.store.as(dispatcherId).read.emergency({ emergencyId });
    if (emergency === null) throw new Refusal('NOT_FOUND', 'This emergency does not exist.');
    return emergency;
  }

  open(dispatcherId: string): Promise<Emergency[]> {
    return this.#ports.store.as(dispatcherId).read.openEmergencies({});
  }

  /** Called whenever the queue may have changed. Returns its unsubscribe. */
  subscribe(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  /** To be called when something else changed the queue: a mission began or ended, records came from elsewhere. */
  queueChanged(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #changed(emergency: Emergency): Emergency {
    this.queueChanged();
    return emergency;
  }

  #checkTime(input: EmergencyInput, nowMs: number): void {
    if (input.calledAtMs !== undefined && input.calledAtMs > nowMs + FUTURE_ALLOWED_MS)
      throw new Refusal('INVALID_INPUT', 'The time of the call lies in the future. Correct it.');
  }
}
