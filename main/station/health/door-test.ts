import { Refusal } from '../../../preload/contract/errors.ts';
import type { DoorDrive, DoorStep, DoorTest as DoorTestStatus } from '../../../preload/contract/health.ts';
import { SERVO_OUTPUT_RAW } from '../mavlink/generated/messages.ts';
import type { Clock } from '../ports/clock.ts';
import { requireBenchState } from './bench-state.ts';
import { doorSensed, movedOutput } from './door-evidence.ts';
import type { HealthVehicle } from './health-vehicle.ts';
import type { DoorMemory } from './left-doors.ts';
import type { MessageWindow } from './message-window.ts';

/** A door takes about 3 s; one that has not arrived by now does not. */
const ARRIVES_WITHIN_MS = 9_000;
/** A door without a sensor is given this long, and its servo output is looked at. */
const BLIND_MS = 4_000;
/** A sensor reports once a second: without a word for so long there is none. */
const SENSOR_SILENT_MS = 3_500;
/** Servo outputs are said twice a second, by a drone that says them. */
const FIRST_OUTPUT_MS = 1_200;
const LOOK_EVERY_MS = 100;
/** Two heartbeats were missed. */
const UNPLUGGED_MS = 2_000;
const NOT_MOVED = 'The door was not moved.';
const LOOK =
  'Look whether the door is closed. When the drone is back, press Close the door, then test it again.';

interface DoorTestParts {
  readonly droneId: string;
  readonly drive: DoorDrive;
  readonly vehicle: HealthVehicle;
  readonly window: MessageWindow;
  /** Why nobody may touch the drone now; null: nobody flies it. */
  readonly onMission: () => string | null;
  /** What outlives this check. */
  readonly memory: DoorMemory;
  readonly clock: Clock;
  readonly changed: () => void;
}

type Towards = DoorStep['towards'];

/** A test that had begun did not come to its end. */
export class DoorBrokenOff extends Refusal {
  /** The movement under way, as far as it was known; null: none had begun. */
  readonly lastKnown: DoorStep | null;

  constructor(sentence: string, lastKnown: DoorStep | null) {
    super('DRONE_OUT_OF_CONTACT', sentence);
    this.lastKnown = lastKnown;
  }
}

/**
 * Opens the door of a drone on the bench, and closes it again whatever came of the opening:
 *
 * ```
 *  TEST --> open --sensor: open, jammed, or too late--> close --sensor: closed, jammed, or too late--> over
 *             | refused: nothing has moved                |
 *             |                     CLOSE --> ------------+
 *             +-- silent, armed, restarted --> BROKEN OFF: nothing more is sent (F1), and a person must look
 * ```
 *
 * An answer is no proof (F6): what counts is the door's own sensor, and the servo output beside it.
 */
export class DoorTest {
  readonly #parts: DoorTestParts;
  #status: DoorTestStatus | null = null;
  /** Grows when the drone is plugged in anew: what was begun before is over. */
  #plugged = 0;
  #closed = false;

  constructor(parts: DoorTestParts) {
    this.#parts = parts;
    const brokenOff = parts.memory.left();
    // Of an earlier check: that it may stand open still holds.
    if (brokenOff !== null) this.#status = { running: false, steps: [], brokenOff };
  }

  status(): DoorTestStatus | null {
    return this.#status;
  }

  get moves(): boolean {
    return this.#status?.running === true;
  }

  /** Rejects with why it was refused or broken off; how the door did is told by `status`. */
  async run(movement: 'TEST' | 'CLOSE', clear: boolean): Promise<void> {
    const { droneId, drive, vehicle, onMission, memory } = this.#parts;
    requireBenchState(vehicle.state(), onMission(), NOT_MOVED);
    if (drive.kind === 'NONE')
      throw new Refusal('CONFLICT', `This model has no door, says its checklist. ${NOT_MOVED}`);
    if (!clear)
      throw new Refusal(
        'INVALID_INPUT',
        `Take hands and tools out of the door’s way, and confirm it. ${NOT_MOVED}`,
      );
    if (this.moves) throw new Refusal('CONFLICT', 'The door is being tested. Wait until it is closed again.');
    this.#status = { running: true, steps: [], brokenOff: null };
    const left = memory.left();
    // Written first: the station itself may be stopped while the door moves.
    memory.set(left ?? `The station was stopped while the door of ${droneId} was moved. ${LOOK}`);
    try {
      await this.#heardOutputs();
      await this.#moveAll(drive, movement === 'TEST' ? ['OPEN', 'CLOSED'] : ['CLOSED']);
      const passed = movement === 'TEST' && this.#arrived() === 2;
      memory.set(passed ? null : left);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#tell({ brokenOff: error.message });
      memory.set(error.message);
      throw new DoorBrokenOff(error.message, this.#status?.steps.at(-1) ?? null);
    } finally {
      this.#tell({ running: false });
    }
  }

  /** Movements whose end the door's sensor saw. */
  #arrived(): number {
    return this.#status?.steps.filter(({ reachedAfterMs }) => reachedAfterMs !== null).length ?? 0;
  }

  /** What was measured before says nothing of what is plugged in now; that a door may stand open does. */
  pluggedIn(): void {
    this.#plugged += 1;
    if (this.#status?.running === false && this.#status.brokenOff === null) this.#status = null;
  }

  close(): void {
    this.#closed = true;
  }

  /** Where an output goes shows only beside where it was: a check that has just begun has not heard that yet. */
  async #heardOutputs(): Promise<void> {
    const { window, clock } = this.#parts;
    const untilMs = clock.nowMs() + FIRST_OUTPUT_MS;
    while (window.latest(SERVO_OUTPUT_RAW, clock.nowMs()) === null && clock.nowMs() < untilMs)
      await this.#pause();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#parts.clock.after(LOOK_EVERY_MS, resolve));
  }

  async #moveAll(drive: Exclude<DoorDrive, { kind: 'NONE' }>, movements: readonly Towards[]): Promise<void> {
    for (const towards of movements) {
      const { command } = await this.#move(drive, towards);
      // It did not begin: there is nothing to close.
      if (command === 'REFUSED' && towards === 'OPEN') return;
    }
  }

  async #move(drive: Exclude<DoorDrive, { kind: 'NONE' }>, towards: Towards): Promise<DoorStep> {
    const { vehicle, window, clock } = this.#parts;
    const fromMs = clock.nowMs();
    const plugged = this.#plugged;
    let step: DoorStep = {
      ...{ towards, command: 'SENT', refusal: null },
      ...{ sensor: null, reachedAfterMs: null, output: null },
    };
    const earlier = this.#status?.steps ?? [];
    const tell = (news: Partial<DoorStep>): void => {
      step = { ...step, ...news };
      this.#tell({ steps: [...earlier, step] });
    };
    tell({});
    const asked = vehicle.moveDoor(drive, towards === 'OPEN', () => {
      if (step.command === 'SENT') tell({ command: 'IN_PROGRESS' });
    });
    const outcome = await asked.catch((error: unknown) => {
      // The bench's own look: it was armed or went silent between two looks of ours.
      throw error instanceof Refusal ? this.#brokenOff(towards, error.message) : error;
    });
    tell({ command: outcome.state, refusal: outcome.state === 'REFUSED' ? outcome.sentence : null });
    if (outcome.state === 'REFUSED') return step;
    // A door that was jammed says so until it moves: only one that jams now is not waited for.
    const wasJammed =
      doorSensed(window, fromMs - SENSOR_SILENT_MS).findLast(({ atMs }) => atMs <= fromMs)?.sensor ===
      'JAMMED';
    const isPx4 = vehicle.state().autopilot === 'PX4';
    for (;;) {
      await this.#pause();
      this.#requireStill(towards, plugged);
      const seen = doorSensed(window, fromMs + 1);
      const arrived = seen.find(({ sensor }) => sensor === towards);
      tell({
        sensor: seen.at(-1)?.sensor ?? null,
        reachedAfterMs: arrived === undefined ? null : arrived.atMs - fromMs,
        output: movedOutput(window, fromMs, drive, isPx4),
      });
      const passedMs = clock.nowMs() - fromMs;
      const isBlind = doorSensed(window, clock.nowMs() - SENSOR_SILENT_MS).length === 0;
      // The last pulse is on its way when the door has arrived.
      if (arrived !== undefined && clock.nowMs() - arrived.atMs >= 1_000) return step;
      if ((step.sensor === 'JAMMED' && !wasJammed) || passedMs >= (isBlind ? BLIND_MS : ARRIVES_WITHIN_MS))
        return step;
    }
  }

  #requireStill(towards: Towards, plugged: number): void {
    const state = this.#parts.vehicle.state();
    if (this.#closed || plugged !== this.#plugged || state.lastHeardMsAgo > UNPLUGGED_MS)
      throw this.#brokenOff(towards, `${this.#parts.droneId} went silent.`);
    if (state.armed) throw this.#brokenOff(towards, `${this.#parts.droneId} was armed.`);
  }

  #brokenOff(towards: Towards, why: string): Refusal {
    const moving = towards === 'OPEN' ? 'opened' : 'closed';
    return new Refusal(
      'DRONE_OUT_OF_CONTACT',
      `${why} Its door was being ${moving}, and nothing more is sent to it by itself. ${LOOK}`,
    );
  }

  #tell(news: Partial<DoorTestStatus>): void {
    if (this.#status !== null) this.#status = { ...this.#status, ...news };
    this.#parts.changed();
  }
}
