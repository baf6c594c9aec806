import { Refusal } from '../../../preload/contract/errors.ts';
import type {
  Checklist,
  HealthItem,
  ManualResult,
  OpenHealthCheck,
} from '../../../preload/contract/health.ts';
import {
  AUTOPILOT_VERSION,
  EKF_STATUS_REPORT,
  ESC_STATUS,
  ESC_TELEMETRY_1_TO_4,
  ESTIMATOR_STATUS,
  POWER_STATUS,
  RAW_IMU,
  SCALED_IMU2,
  SCALED_IMU3,
  SMART_BATTERY_INFO,
  STORAGE_INFORMATION,
  VIBRATION,
} from '../mavlink/generated/messages.ts';
import type { Clock } from '../ports/clock.ts';
import { HEALTH_CHECKS, WATCHED_MESSAGES } from './all-checks.ts';
import { type HealthFacts, itemOf, type MotorEvidence } from './check.ts';
import type { HealthVehicle } from './health-vehicle.ts';
import { MessageWindow } from './message-window.ts';
import { motorEvidence } from './motor-evidence.ts';

/** Rare messages come every few seconds; what was not heard in this time does not come. */
export const WINDOW_MS = 20_000;
/** How far back the battery's resistance and a motor's turning are judged. */
const KEPT_MS = 60_000;
const TEST_THROTTLE_PERCENT = 8;
const TEST_DURATION_S = 3;
/** The last report of the speed controllers is on its way when the motor stops. */
const AFTER_TEST_MS = 700;
const MOST_PHOTOS_OF_AN_ITEM = 4;

const RATES_HZ: readonly (readonly [definition: { id: number }, rateHz: number])[] = [
  [VIBRATION, 2],
  [EKF_STATUS_REPORT, 2],
  [ESTIMATOR_STATUS, 2],
  [RAW_IMU, 2],
  [SCALED_IMU2, 2],
  [SCALED_IMU3, 2],
  [ESC_TELEMETRY_1_TO_4, 5],
  [ESC_STATUS, 5],
  [POWER_STATUS, 1],
  [AUTOPILOT_VERSION, 0],
  [SMART_BATTERY_INFO, 0],
  [STORAGE_INFORMATION, 0],
];

export interface Photo {
  readonly itemId: string;
  readonly mediaType: string;
  readonly takenAtMs: number;
  readonly base64: string;
}

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
  readonly clock: Clock;
  readonly changed: () => void;
}

interface Ticked {
  result: ManualResult['result'];
  note: string | null;
  byName: string;
  atMs: number;
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
  readonly #ticked = new Map<string, Ticked>();
  readonly #photos: Photo[] = [];
  readonly #motors = new Map<number, MotorEvidence>();
  #collectingSinceMs: number;
  #preArm: HealthFacts['preArm'] = 'NOT_ASKED';
  #motorTest: OpenHealthCheck['motorTest'] = null;
  #parametersPercent: number | null = null;
  #parametersFailure: string | null = null;
  /** The items as they stood when the drone was last heard. */
  #last: readonly HealthItem[] = [];
  #closed = false;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.startedAtMs = parts.clock.nowMs();
    this.#collectingSinceMs = this.startedAtMs;
    this.#stopListening = parts.vehicle.onFrame((frame) => this.#window.accept(frame, parts.clock.nowMs()));
    void this.#ask();
  }

  get healthCheckId(): string {
    return this.#parts.healthCheckId;
  }

  get photos(): readonly Photo[] {
    return this.#photos;
  }

  get motorTurns(): boolean {
    return this.#motorTest !== null;
  }

  status(): OpenHealthCheck {
    const { parts, automatic, manual } = {
      parts: this.#parts,
      automatic: this.automatic(),
      manual: this.manual(),
    };
    const { model, version, items } = parts.checklist;
    return {
      healthCheckId: parts.healthCheckId,
      droneId: parts.droneId,
      startedAtMs: this.startedAtMs,
      startedBy: parts.startedBy,
      collected: Math.min(1, (parts.clock.nowMs() - this.#collectingSinceMs) / WINDOW_MS),
      interrupted: this.#interrupted(),
      automatic: [...automatic],
      checklist: { model, version, items },
      manual,
      motorTest: this.#motorTest,
      parametersPercent: this.#parametersPercent,
      parametersFailure: this.#parametersFailure,
      obstacles: obstaclesOf(automatic, manual, this.#interrupted()),
      untested: automatic
        .filter(({ needed, result }) => needed && result === 'NOT_TESTABLE')
        .map(({ title }) => title),
    };
  }

  automatic(): readonly HealthItem[] {
    if (this.#interrupted() !== null && this.#last.length > 0) return this.#last;
    const nowMs = this.#parts.clock.nowMs();
    const collecting = nowMs - this.#collectingSinceMs < WINDOW_MS;
    const facts: HealthFacts = {
      nowMs,
      window: this.#window,
      vehicle: this.#parts.vehicle.state(),
      preArm: this.#preArm,
      motors: this.#motors,
      ...this.#parts.context(),
    };
    this.#last = HEALTH_CHECKS.map((check) => itemOf(check, facts, collecting));
    return this.#last;
  }

  manual(): ManualResult[] {
    return this.#parts.checklist.items.map(({ itemId, title, required }) => {
      const ticked = this.#ticked.get(itemId);
      return {
        itemId,
        title,
        required,
        result: ticked?.result ?? 'OPEN',
        note: ticked?.note ?? null,
        photos: this.#photosOf(itemId),
        byName: ticked?.byName ?? null,
        atMs: ticked?.atMs ?? null,
      };
    });
  }

  setManual(itemId: string, result: ManualResult['result'], note: string | null, byName: string): void {
    const item = this.#itemOf(itemId);
    const words = note?.trim() ?? '';
    if (result === 'DONE' && item.evidence === 'NOTE' && words === '')
      throw new Refusal('INVALID_INPUT', `${item.title}: write down what was found.`);
    if (result === 'DONE' && item.evidence === 'PHOTO' && this.#photosOf(itemId) === 0)
      throw new Refusal('INVALID_INPUT', `${item.title}: take a photo first.`);
    if (result === 'DEFECT' && words === '')
      throw new Refusal('INVALID_INPUT', `${item.title}: say what is wrong.`);
    this.#ticked.set(itemId, {
      result,
      note: words === '' ? null : words,
      byName,
      atMs: this.#parts.clock.nowMs(),
    });
    this.#parts.changed();
  }

  addPhoto(itemId: string, mediaType: string, base64: string): void {
    const item = this.#itemOf(itemId);
    if (this.#photosOf(itemId) >= MOST_PHOTOS_OF_AN_ITEM)
      throw new Refusal(
        'INVALID_INPUT',
        `${item.title} has ${MOST_PHOTOS_OF_AN_ITEM} photos: that is the most.`,
      );
    this.#photos.push({ itemId, mediaType, base64, takenAtMs: this.#parts.clock.nowMs() });
    this.#parts.changed();
  }

  /** Resolves when the motor has stopped and its evidence is in. */
  async testMotor(motor: number, propellersOff: boolean): Promise<void> {
    this.#requireBenchState();
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
      if (outcome.state === 'UNKNOWN') throw new Refusal('COMMAND_UNKNOWN', outcome.sentence);
      await new Promise<void>((resolve) => void clock.after(Math.max(0, untilMs - clock.nowMs()), resolve));
      if (this.#closed || this.#interrupted() !== null)
        throw new Refusal(
          'DRONE_OUT_OF_CONTACT',
          'The drone went silent while the motor turned. Test it again.',
        );
      this.#motors.set(motor, motorEvidence(this.#window, motor, { fromMs, untilMs }));
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
    if (live) {
      // What was heard before it was unplugged says nothing of what is plugged in now.
      this.#window.clear();
      this.#motors.clear();
      this.#collectingSinceMs = this.#parts.clock.nowMs();
      void this.#ask();
    }
    this.#parts.changed();
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
  }

  async #ask(): Promise<void> {
    const { vehicle } = this.#parts;
    try {
      await vehicle.requestMessages(RATES_HZ.map(([{ id }, rateHz]) => ({ messageId: id, rateHz })));
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

  /** Only what surely stands on the ground, disarmed and on nobody's mission, has a motor turned. */
  #requireBenchState(): void {
    const { armed, landedState, contact, isReplay } = this.#parts.vehicle.state();
    const busy = this.#parts.onMission();
    const refuse = (sentence: string): never => {
      throw new Refusal('CONFLICT', `${sentence} No motor was turned.`);
    };
    if (isReplay) refuse('This is a recording.');
    if (armed) refuse('The drone is armed.');
    if (landedState !== 'ON_GROUND')
      refuse(
        landedState === 'UNKNOWN'
          ? 'The drone does not say that it is on the ground.'
          : 'The drone is in the air.',
      );
    if (busy !== null) refuse(busy);
    if (contact !== 'LIVE') refuse('The drone is out of contact.');
  }

  #itemOf(itemId: string) {
    const item = this.#parts.checklist.items.find((candidate) => candidate.itemId === itemId);
    if (item === undefined)
      throw new Refusal('NOT_FOUND', 'The checklist has no such item. Open the check again.');
    return item;
  }

  #photosOf(itemId: string): number {
    return this.#photos.filter((photo) => photo.itemId === itemId).length;
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
