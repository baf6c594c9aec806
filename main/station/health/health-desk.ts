import { Refusal } from '../../../preload/contract/errors.ts';
import type { DroneRecord } from '../../../preload/contract/fleet.ts';
import type {
  BaselineSummary,
  Checklist,
  OpenHealthCheck,
  ReleaseDecision,
  SignedHealthCheck,
} from '../../../preload/contract/health.ts';
import type { Clock } from '../ports/clock.ts';
import { type Random, uuidV7 } from '../ports/random.ts';
import type { Store } from '../store/store.ts';
import { type ApprovedConfiguration, type BaselineDifference, differences } from './baseline-differences.ts';
import type { Baseline, HealthFacts } from './check.ts';
import { HealthRun } from './health-run.ts';
import type { HealthVehicle } from './health-vehicle.ts';
import type { LeftDoors } from './left-doors.ts';
import type { Photo } from './manual-part.ts';
import type { ModelMatches } from './model-matches.ts';

/** What the desk needs of the records. */
export interface HealthStore {
  readonly read: Pick<Store['read'], 'checklistFor' | 'baselineOf' | 'setting'>;
  readonly write: Pick<
    Store['write'],
    'recordHealthCheck' | 'saveChecklist' | 'approveBaseline' | 'saveSetting'
  >;
}

interface DeskParts {
  readonly store: HealthStore;
  readonly droneOf: (droneId: string) => DroneRecord | null;
  /** Null: not heard since the station started. */
  readonly vehicleOf: (systemId: number) => HealthVehicle | null;
  readonly models: Pick<ModelMatches, 'of' | 'forget'>;
  readonly anomalyOf: (droneId: string, systemId: number) => HealthFacts['anomaly'];
  /** Why nobody may touch the drone now, in words; null: nobody flies it. */
  readonly onMission: (droneId: string) => string | null;
  readonly doors: Pick<LeftDoors, 'of' | 'settled'>;
  /** A check of the drone was signed: its records have changed. */
  readonly signed: (droneId: string) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
}

interface Open {
  readonly run: HealthRun;
  readonly record: DroneRecord;
  readonly vehicle: HealthVehicle;
  readonly stop: () => void;
  /** It is being put on record: nothing may change any more. */
  signing: boolean;
}

/** Who asks, and the name that goes on record. */
export interface Technician {
  readonly dispatcherId: string;
  readonly displayName: string;
}

const CONTACT_EVERY_MS = 500;
const MOST_NAMED = 5;
/** The health checks that are under way, and the records of those that are signed. */
export class HealthDesk {
  readonly #parts: DeskParts;
  readonly #open = new Map<string, Open>();
  readonly #listeners = new Set<() => void>();
  readonly #baselines = new Map<string, ApprovedConfiguration | null>();

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  current(droneId: string): OpenHealthCheck | null {
    return this.#open.get(droneId)?.run.status() ?? null;
  }

  /** Who began the check that is under way; null: there is none. */
  startedBy(droneId: string): string | null {
    return this.#open.get(droneId)?.run.startedBy ?? null;
  }

  /** The drones with which a check is under way. */
  underWay(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** A test of its door did not come to its end, and none has passed since: it may stand open. */
  doorIsLeft(droneId: string): boolean {
    return this.#parts.doors.of(droneId).left() !== null;
  }

  /** Of the check that is under way; null: there is none of this id. */
  photosOf(healthCheckId: string): readonly Photo[] | null {
    const open = [...this.#open.values()].find(({ run }) => run.healthCheckId === healthCheckId);
    return open?.run.photos ?? null;
  }

  async start(droneId: string, { displayName }: Technician): Promise<{ healthCheckId: string }> {
    const { store, clock, random } = this.#parts;
    const record = this.#record(droneId);
    if (this.#open.has(droneId))
      throw new Refusal(
        'CONFLICT',
        `A health check of ${droneId} is under way. Go on with it, or discard it.`,
      );
    const vehicle = this.#vehicle(record);
    const state = vehicle.state();
    if (state.isReplay) throw new Refusal('CONFLICT', 'This is a recording: it cannot be checked.');
    if (state.contact !== 'LIVE')
      throw new Refusal('DRONE_OUT_OF_CONTACT', `${droneId} is out of contact. Connect it and try again.`);
    if (state.armed) throw new Refusal('CONFLICT', `${droneId} is armed. Disarm it before a health check.`);
    const busy = this.#parts.onMission(droneId);
    if (busy !== null) throw new Refusal('DRONE_BUSY', busy);
    const [checklist] = await Promise.all([
      store.read.checklistFor({ model: record.model }),
      this.#readBaseline(record.model),
    ]);
    // Somebody else may have been quicker while the records were read.
    if (this.#open.has(droneId))
      throw new Refusal(
        'CONFLICT',
        `A health check of ${droneId} is under way. Go on with it, or discard it.`,
      );
    const healthCheckId = uuidV7(clock.nowMs(), random);
    const run = new HealthRun({
      healthCheckId,
      droneId,
      startedBy: displayName,
      vehicle,
      checklist,
      context: () => this.#context(record, vehicle),
      onMission: () => this.#parts.onMission(droneId),
      doorMemory: this.#parts.doors.of(droneId),
      ...{ clock, random },
      changed: () => this.#changed(),
    });
    this.#open.set(droneId, {
      run,
      record,
      vehicle,
      stop: this.#followContact(run, vehicle),
      signing: false,
    });
    this.#changed();
    return { healthCheckId };
  }

  discard(droneId: string): void {
    const { run } = this.#requireOpen(droneId);
    if (run.moving !== null)
      throw new Refusal('CONFLICT', `${run.moving} Discard the check when that is over.`);
    this.#end(droneId, true);
  }

  setManual(
    droneId: string,
    item: { itemId: string; result: 'OPEN' | 'DONE' | 'DEFECT'; note: string | null },
    { displayName }: Technician,
  ): void {
    this.#requireOpen(droneId).run.setManual(item.itemId, item.result, item.note, displayName);
  }

  keepNote(droneId: string, itemId: string, note: string, { displayName }: Technician): void {
    this.#requireOpen(droneId).run.keepNote(itemId, note, displayName);
  }

  addPhoto(droneId: string, photo: { itemId: string; mediaType: string; base64: string }): void {
    this.#requireOpen(droneId).run.addPhoto(photo.itemId, photo.mediaType, photo.base64);
  }

  removePhoto(droneId: string, photoId: string): void {
    this.#requireOpen(droneId).run.removePhoto(photoId);
  }

  testDoor(droneId: string, movement: 'TEST' | 'CLOSE', clear: boolean): Promise<void> {
    return this.#requireOpen(droneId).run.testDoor(movement, clear);
  }

  testMotor(droneId: string, motor: number, propellersOff: boolean): Promise<void> {
    return this.#requireOpen(droneId).run.testMotor(motor, propellersOff);
  }

  readParameters(droneId: string): Promise<void> {
    return this.#requireOpen(droneId).run.readParameters();
  }

  /** On record or refused: nothing in between. */
  async sign(
    order: {
      droneId: string;
      decision: ReleaseDecision;
      signedName: string;
      note: string | null;
      untestedReason: string | null;
      nextDue: string | null;
    },
    { dispatcherId }: Technician,
  ): Promise<SignedHealthCheck> {
    const open = this.#requireOpen(order.droneId);
    const { run, vehicle } = open;
    const { clock, store } = this.#parts;
    if (run.moving !== null) throw new Refusal('CONFLICT', `${run.moving} Sign when that is over.`);
    const status = run.status();
    if (order.decision === 'READY') requireReleasable(status, order.untestedReason);
    requireComing(order.nextDue, clock.nowMs());
    open.signing = true;
    const record = store.write.recordHealthCheck({
      healthCheckId: status.healthCheckId,
      droneId: order.droneId,
      startedAtMs: status.startedAtMs,
      signedAtMs: clock.nowMs(),
      signedBy: dispatcherId,
      signedName: order.signedName,
      decision: order.decision,
      note: order.note,
      firmware: vehicle.state().firmware,
      checklist: { model: status.checklist.model, version: status.checklist.version },
      automatic: status.automatic,
      manual: status.manual,
      photos: [...run.photos],
      untestedReason: order.untestedReason,
      nextDue: order.nextDue,
    });
    const signed = await record.finally(() => {
      open.signing = false;
    });
    this.#end(order.droneId, true);
    // One that is not released is grounded, and its door is still to be tested.
    if (order.decision === 'READY') this.#parts.doors.of(order.droneId).set(null);
    await this.#parts.signed(order.droneId);
    return signed;
  }

  async saveChecklist(
    order: Pick<Checklist, 'model' | 'version' | 'items' | 'door'>,
    { dispatcherId }: Technician,
  ): Promise<Checklist> {
    const keys = new Set(order.items.map(({ itemId }) => itemId));
    if (keys.size < order.items.length)
      throw new Refusal('INVALID_INPUT', 'Two items of the checklist have the same key. Give each its own.');
    const nowMs = this.#parts.clock.nowMs();
    return this.#parts.store.write.saveChecklist({ ...order, byDispatcherId: dispatcherId, nowMs });
  }

  async approveBaseline(droneId: string, { dispatcherId }: Technician): Promise<BaselineSummary> {
    const record = this.#record(droneId);
    const vehicle = this.#vehicle(record);
    const parameters = vehicle.parameters();
    const { firmware } = vehicle.state();
    if (parameters === null)
      throw new Refusal('CONFLICT', `The parameters of ${droneId} were not read yet. Read them first.`);
    if (firmware === null)
      throw new Refusal(
        'CONFLICT',
        `${droneId} has not said its firmware yet. Wait a moment, then try again.`,
      );
    const summary = await this.#parts.store.write.approveBaseline({
      model: record.model,
      droneId,
      firmware,
      parameters: Object.fromEntries(parameters),
      byDispatcherId: dispatcherId,
      nowMs: this.#parts.clock.nowMs(),
    });
    await this.#readBaseline(record.model);
    this.#changed();
    return summary;
  }

  async baselineDifferences(droneId: string): Promise<BaselineDifference[] | null> {
    const record = this.#record(droneId);
    await this.#readBaseline(record.model);
    const systemId = record.mavlinkSystemId;
    const held = systemId === null ? null : (this.#parts.vehicleOf(systemId)?.parameters() ?? null);
    const approved = this.#baselines.get(record.model) ?? null;
    return held === null || approved === null ? null : differences(approved, held);
  }

  /** Resolves when what outlives the checks is on disk. */
  async close(): Promise<void> {
    for (const droneId of [...this.#open.keys()]) this.#end(droneId, false);
    await this.#parts.doors.settled();
  }

  #context(record: DroneRecord, vehicle: HealthVehicle) {
    return {
      baseline: this.#baselineFacts(record.model, vehicle),
      anomaly:
        record.mavlinkSystemId === null
          ? null
          : this.#parts.anomalyOf(record.droneId, record.mavlinkSystemId),
      model: this.#parts.models.of({
        version: vehicle.state().inference?.modelVersion ?? '',
        hashStart: vehicle.modelHash(),
      }),
    };
  }

  #baselineFacts(model: string, vehicle: HealthVehicle): Baseline | null {
    const approved = this.#baselines.get(model) ?? null;
    if (approved === null) return null;
    const held = vehicle.parameters();
    const otherAutopilot = familyOf(approved.firmware) !== familyOf(vehicle.state().firmware);
    const common = { firmware: approved.firmware, otherAutopilot };
    if (held === null || otherAutopilot) return { ...common, differences: null, words: '' };
    const found = differences(approved, held);
    const named = found
      .slice(0, MOST_NAMED)
      .map(
        ({ name, approved: wanted, held: has }) =>
          `${name} is ${has ?? 'missing'}, approved ${wanted ?? 'none'}`,
      );
    const more = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : '';
    return { ...common, differences: found.length, words: `${named.join('; ')}${more}` };
  }

  async #readBaseline(model: string): Promise<void> {
    this.#parts.models.forget();
    this.#baselines.set(model, await this.#parts.store.read.baselineOf({ model }));
  }

  #followContact(run: HealthRun, vehicle: HealthVehicle): () => void {
    let live = true;
    return this.#parts.clock.every(CONTACT_EVERY_MS, () => {
      const now = vehicle.state().contact === 'LIVE';
      if (now !== live) {
        live = now;
        run.contactChanged(now);
      }
      this.#changed();
    });
  }

  #end(droneId: string, restore: boolean): void {
    const open = this.#open.get(droneId);
    open?.stop();
    open?.run.close(restore);
    this.#open.delete(droneId);
    this.#changed();
  }

  #requireOpen(droneId: string): Open {
    const open = this.#open.get(droneId);
    if (open === undefined)
      throw new Refusal('NOT_FOUND', `No health check of ${droneId} is under way. Start one.`);
    if (open.signing) throw new Refusal('CONFLICT', `The health check of ${droneId} is being signed.`);
    return open;
  }

  #record(droneId: string): DroneRecord {
    const record = this.#parts.droneOf(droneId);
    if (record === null)
      throw new Refusal('DRONE_NOT_REGISTERED', `There is no drone ${droneId}. Register it first.`);
    return record;
  }

  #vehicle({ droneId, mavlinkSystemId }: DroneRecord): HealthVehicle {
    const vehicle = mavlinkSystemId === null ? null : this.#parts.vehicleOf(mavlinkSystemId);
    if (vehicle === null)
      throw new Refusal(
        'DRONE_OUT_OF_CONTACT',
        `${droneId} was not heard since the station started. Connect it and try again.`,
      );
    return vehicle;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** "PX4" of "PX4 1.16.0". */
function familyOf(firmware: string | null): string | null {
  return firmware?.split(' ')[0] ?? null;
}

function requireComing(nextDue: string | null, nowMs: number): void {
  if (nextDue !== null && Date.parse(nextDue) <= nowMs)
    throw new Refusal('INVALID_INPUT', 'The next maintenance must be due after today. Choose a later date.');
}

function requireReleasable({ obstacles, untested }: OpenHealthCheck, untestedReason: string | null): void {
  if (obstacles.length > 0)
    throw new Refusal(
      'CONFLICT',
      `The drone cannot be released. ${obstacles.slice(0, MOST_NAMED).join(' ')}`,
    );
  if (untested.length > 0 && (untestedReason?.trim() ?? '') === '')
    throw new Refusal(
      'INVALID_INPUT',
      `Not testable: ${untested.join(', ')}. Say why the drone may fly all the same.`,
    );
}
