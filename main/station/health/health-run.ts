import { Refusal } from '../../../preload/contract/errors.ts';
import type {
  Checklist,
  HealthItem,
  ManualResult,
  OpenHealthCheck,
} from '../../../preload/contract/health.ts';
import type { Frame } from '../mavlink/frame.ts';
import {
  AUTOPILOT_VERSION,
  ESC_STATUS,
  ESTIMATOR_STATUS,
  POWER_STATUS,
  RAW_IMU,
  SCALED_IMU,
  SCALED_IMU2,
  SCALED_IMU3,
  SMART_BATTERY_INFO,
  STORAGE_INFORMATION,
  SYSTEM_TIME,
} from '../mavlink/generated/messages.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { checksFor, WATCHED_MESSAGES } from './all-checks.ts';
import { requireBenchState } from './bench-state.ts';
import { type HealthFacts, itemOf, type MotorEvidence } from './check.ts';
import { DoorTest } from './door-test.ts';
import type { HealthVehicle } from './health-vehicle.ts';
import type { DoorMemory } from './left-doors.ts';
import { ManualPart, type Photo } from './manual-part.ts';
import { MessageWindow } from './message-window.ts';
import { motorEvidence } from './motor-evidence.ts';

/** Rare messages come every few seconds; what was not heard in this time does not come. */
export const WINDOW_MS = 20_000;
/** How far back the battery's resistance and a motor's turning are judged. */
const KEPT_MS = 60_000;
/** Speed controllers start a motor between 5 and 10 % (ArduPilot MOT_SPIN_ARM default 0.1). */
const TEST_THROTTLE_PERCENT = 10;
const TEST_DURATION_S = 3;
/** The last report of the speed controllers is on its way when the motor stops. */
const AFTER_TEST_MS = 700;
/** Two heartbeats were missed. */
const UNPLUGGED_MS = 2_000;
/** The clocks of autopilots start at zero; a message that was overtaken is no restart. */
const RESTARTED_BACK_MS = 2_000;

/** What a vehicle does not stream to the station anyhow, Hz. */
const STREAMED_HZ: readonly (readonly [definition: { id: number }, rateHz: number])[] = [
  [ESTIMATOR_STATUS, 1],
  [RAW_IMU, 2],
  [SCALED_IMU, 2],
  [SCALED_IMU2, 2],
  [SCALED_IMU3, 2],
  [ESC_STATUS, 2],
  [POWER_STATUS, 1],
];
const SAID_ONCE = [AUTOPILOT_VERSION, SMART_BATTERY_INFO, STORAGE_INFORMATION];

/** What the run is judged from beside the vehicle's messages. */
export type HealthContext = Pick<HealthFacts, 'baseline' | 'anomaly' | 'model'>;

interface RunParts {
  readonly healthCheckId: string;
  readonly droneId: string;
  readonly startedBy: string;
  readonly vehicle: HealthVehicle;
  readonly checklist: Checklist;
  /** Asked at each look. */
  readonly context: () => HealthContext;
  /** Null: nobody flies it. Otherwise why nothing may be turned, in words. */
  readonly onMission: () => string | null;
  readonly doorMemory: DoorMemory;
  readonly clock: Clock;
  readonly random: Random;
  readonly changed: () => void;
}

/**
 * One health check under way:
 *
 * ```
 * COLLECTING --20 s--> LIVE --sign--> over
 *     |                 ^ |
 *     +-- unplugged --> INTERRUPTED (values as they were; goes on when the drone is back)
 * ```
 *
 * Nothing of it is stored before it is signed.
 */
export class HealthRun {
  readonly startedAtMs: number;
  readonly #parts: RunParts;
  readonly #window = new MessageWindow({ recentMs: WINDOW_MS, keptMs: KEPT_MS }, WATCHED_MESSAGES);
  readonly #stopListening: () => void;
  readonly #manual: ManualPart;
  readonly #motors = new Map<number, MotorEvidence>();
  readonly #door: DoorTest;
  #collectingSinceMs: number;
  #preArm: HealthFacts['preArm'] = 'NOT_ASKED';
  #motorTest: OpenHealthCheck['motorTest'] = null;
  #parametersPercent: number | null = null;
  #parametersFailure: string | null = null;
  /** Since this drone was plugged in. */
  #parametersRead: OpenHealthCheck['parametersRead'] = null;
  #bootMs = 0;
  /** The items as they stood when the drone was last heard. */
  #last: readonly HealthItem[] = [];
  #closed = false;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#manual = new ManualPart(parts.checklist, parts.clock, parts.random);
    const { droneId, vehicle, onMission, doorMemory: memory, clock, changed } = parts;
    const { door: drive } = parts.checklist;
    const drone = { droneId, drive, vehicle, window: this.#window };
    this.#door = new DoorTest({ ...drone, onMission, memory, clock, changed });
    this.startedAtMs = parts.clock.nowMs();
    this.#collectingSinceMs = this.startedAtMs;
    this.#stopListening = parts.vehicle.onFrame((frame) => this.#accept(frame));
    void this.#ask();
  }

  get healthCheckId(): string {
    return this.#parts.healthCheckId;
  }

  get startedBy(): string {
    return this.#parts.startedBy;
  }

  get photos(): readonly Photo[] {
    return this.#manual.photos;
  }

  /** What moves on the drone now, in words; null: nothing does. */
  get moving(): string | null {
    if (this.#motorTest !== null) return 'A motor is turning.';
    return this.#door.moves ? 'The door is being tested.' : null;
  }

  status(): OpenHealthCheck {
    const parts = this.#parts;
    const automatic = this.#automatic();
    const manual = this.#manual.results();
    const { model, version, items, door } = parts.checklist;
    return {
      healthCheckId: parts.healthCheckId,
      droneId: parts.droneId,
      startedAtMs: this.startedAtMs,
      startedBy: parts.startedBy,
      collected: Math.min(1, (parts.clock.nowMs() - this.#collectingSinceMs) / WINDOW_MS),
      interrupted: this.#interrupted(),
      automatic: [...automatic],
      checklist: { model, version, items, door },
      manual,
      motorTest: this.#motorTest,
      doorTest: this.#door.status(),
      parametersPercent: this.#parametersPercent,
      parametersRead: this.#parametersRead,
      parametersFailure: this.#parametersFailure,
      obstacles: obstaclesOf(automatic, manual, this.#interrupted() ?? this.#inUse()),
      untested: automatic
        .filter(({ needed, result }) => needed && result === 'NOT_TESTABLE')
        .map(({ title }) => title),
    };
  }

  #automatic(): readonly HealthItem[] {
    if (this.#interrupted() !== null && this.#last.length > 0) return this.#last;
    const nowMs = this.#parts.clock.nowMs();
    const collecting = nowMs - this.#collectingSinceMs < WINDOW_MS;
    const facts: HealthFacts = {
      nowMs,
      window: this.#window,
      vehicle: this.#parts.vehicle.state(),
      preArm: this.#preArm,
      motors: this.#motors,
      door: this.#door.status(),
      ...this.#context(),
    };
    this.#last = checksFor(this.#parts.checklist.door).map((check) => itemOf(check, facts, collecting));
    return this.#last;
  }

  setManual(itemId: string, result: ManualResult['result'], note: string | null, byName: string): void {
    this.#manual.set(itemId, { result, note, byName });
    this.#parts.changed();
  }

  keepNote(itemId: string, note: string, byName: string): void {
    this.#manual.keepNote(itemId, note, byName);
    this.#parts.changed();
  }

  addPhoto(itemId: string, mediaType: string, base64: string): void {
    this.#manual.addPhoto(itemId, mediaType, base64);
    this.#parts.changed();
  }

  /** Opens the door and closes it again, or only closes it. Resolves when that is over. */
  async testDoor(movement: 'TEST' | 'CLOSE', clear: boolean): Promise<void> {
    if (this.#motorTest !== null)
      throw new Refusal('CONFLICT', `Motor ${this.#motorTest.motor} is turning. Wait until it has stopped.`);
    await this.#door.run(movement, clear);
  }

  removePhoto(photoId: string): void {
    this.#manual.removePhoto(photoId);
    this.#parts.changed();
  }

  /** Resolves when the motor has stopped and its evidence is in. */
  async testMotor(motor: number, propellersOff: boolean): Promise<void> {
    requireBenchState(this.#parts.vehicle.state(), this.#parts.onMission(), 'No motor was turned.');
    if (this.#door.moves)
      throw new Refusal('CONFLICT', 'The door is being tested. Wait until it is closed again.');
    if (!propellersOff)
      throw new Refusal(
        'INVALID_INPUT',
        'Take all propellers off, and confirm it. No motor is turned before.',
      );
    if (this.#motorTest !== null)
      throw new Refusal('CONFLICT', `Motor ${this.#motorTest.motor} is turning. Wait until it has stopped.`);
    const { clock, vehicle, changed } = this.#parts;
    const fromMs = clock.nowMs();
    const untilMs = fromMs + TEST_DURATION_S * 1_000 + AFTER_TEST_MS;
    this.#motorTest = { motor, untilMs };
    changed();
    try {
      const outcome = await vehicle.testMotor({
        motor,
        throttlePercent: TEST_THROTTLE_PERCENT,
        durationS: TEST_DURATION_S,
      });
      if (outcome.state === 'REFUSED') throw new Refusal('COMMAND_REFUSED', outcome.sentence);
      // Without an answer it may be turning all the same.
      await new Promise<void>((resolve) => void clock.after(Math.max(0, untilMs - clock.nowMs()), resolve));
      if (outcome.state === 'UNKNOWN') throw new Refusal('COMMAND_UNKNOWN', outcome.sentence);
      if (this.#closed || vehicle.state().lastHeardMsAgo > UNPLUGGED_MS || this.#collectingSinceMs > fromMs)
        throw new Refusal(
          'DRONE_OUT_OF_CONTACT',
          'The drone went silent while the motor turned. Test it again.',
        );
      this.#motors.set(motor, motorEvidence(this.#window, { fromMs, untilMs }));
    } finally {
      this.#motorTest = null;
      changed();
    }
  }

  /** Starts it; progress comes with the status, a failure with the promise. */
  async readParameters(): Promise<void> {
    if (this.#parametersPercent !== null)
      throw new Refusal('CONFLICT', 'The parameters are being read already. Wait until they are.');
    this.#parametersPercent = 0;
    this.#parametersFailure = null;
    this.#parts.changed();
    try {
      await this.#parts.vehicle.readParameters((percent) => {
        this.#parametersPercent = percent;
        this.#parts.changed();
      });
      const count = this.#parts.vehicle.parameters()?.size ?? 0;
      this.#parametersRead = { count, atMs: this.#parts.clock.nowMs() };
    } catch (error) {
      // Over a slow radio it takes longer than anybody waits for an answer: the status tells it as well.
      if (error instanceof Refusal) this.#parametersFailure = error.message;
      throw error;
    } finally {
      this.#parametersPercent = null;
      this.#parts.changed();
    }
  }

  /** To be called when the drone's contact changes. */
  contactChanged(live: boolean): void {
    if (live) this.#beginAnew();
    this.#parts.changed();
  }

  /** `restore`: the drone stays, and what was streamed for the check alone would only fill its radio. */
  close(restore: boolean): void {
    this.#closed = true;
    this.#door.close();
    this.#stopListening();
    if (restore) void this.#restoreRates();
  }

  #accept(frame: Frame): void {
    if (frame.messageId === SYSTEM_TIME.id) {
      const { timeBootMs } = SYSTEM_TIME.read(frame);
      // Unplugged for so short a time that nobody missed it.
      if (timeBootMs < this.#bootMs - RESTARTED_BACK_MS) this.#beginAnew();
      this.#bootMs = timeBootMs;
    }
    this.#window.accept(frame, this.#parts.clock.nowMs());
  }

  /** What was heard before it was unplugged says nothing of what is plugged in now. */
  #beginAnew(): void {
    this.#window.clear();
    this.#motors.clear();
    this.#door.pluggedIn();
    this.#preArm = 'NOT_ASKED';
    this.#parametersRead = null;
    this.#bootMs = 0;
    this.#collectingSinceMs = this.#parts.clock.nowMs();
    void this.#ask();
  }

  /** Parameters that were read before this check began may have been changed since. */
  #context(): HealthContext {
    const context = this.#parts.context();
    if (context.baseline === null || this.#parametersRead !== null) return context;
    return { ...context, baseline: { ...context.baseline, differences: null } };
  }

  async #restoreRates(): Promise<void> {
    try {
      await this.#parts.vehicle.restoreRates(STREAMED_HZ.map(([{ id }]) => id));
    } catch (error) {
      // Out of contact: what restarts has forgotten them.
      if (!(error instanceof Refusal)) throw error;
    }
  }

  async #ask(): Promise<void> {
    const { vehicle } = this.#parts;
    try {
      await vehicle.requestMessages([
        ...STREAMED_HZ.map(([{ id }, rateHz]) => ({ messageId: id, rateHz })),
        ...SAID_ONCE.map(({ id }) => ({ messageId: id, rateHz: 0 })),
      ]);
      const outcome = await vehicle.runPreArmChecks();
      this.#preArm =
        outcome.state === 'ACCEPTED' ? 'ANSWERED' : outcome.state === 'REFUSED' ? 'REFUSED' : 'UNKNOWN';
    } catch (error) {
      // Out of contact: `interrupted` says so.
      if (!(error instanceof Refusal)) throw error;
      this.#preArm = 'UNKNOWN';
    }
    this.#parts.changed();
  }

  #interrupted(): string | null {
    const { contact, lastHeardMsAgo } = this.#parts.vehicle.state();
    if (contact === 'LIVE') return null;
    const seconds = Math.round(lastHeardMsAgo / 1_000);
    return `${this.#parts.droneId} was last heard ${seconds} s ago. Plug it in again: the automatic part goes on by itself, and motors are tested anew.`;
  }

  #inUse(): string | null {
    if (!this.#parts.vehicle.state().armed) return this.#parts.onMission();
    return 'The drone is armed.';
  }
}

/** Why it cannot be released, most telling first. */
function obstaclesOf(
  automatic: readonly HealthItem[],
  manual: readonly ManualResult[],
  interrupted: string | null,
): string[] {
  return [
    ...(interrupted === null ? [] : [interrupted]),
    ...automatic
      .filter(({ result }) => result === 'FAIL')
      .map(({ title, sentence, measured }) => `${title}: ${sentence ?? measured ?? 'failed'}`),
    ...manual
      .filter(({ result }) => result === 'DEFECT')
      .map(({ title, note }) => `${title}: ${note ?? 'has a defect'}`),
    ...(automatic.some(({ result }) => result === 'WAITING')
      ? ['The automatic part is still being measured.']
      : []),
    ...manual
      .filter(({ required, result }) => required && result === 'OPEN')
      .map(({ title }) => `${title}: not checked yet.`),
  ];
}
