import type { ActiveFaults } from './faults.ts';
import { between, type Random } from './random.ts';

const DOOR_TRAVEL_MS = 2_500;
/** A jammed door stops here, and its sensor waits this much longer before it calls it jammed. */
const JAM_DETECTED_MS = 4_000;
/** The crew at the base puts a fresh AED in this long after the drone came back without one. */
const RELOAD_MS = 120_000;

/** The fault's value for a door that jams on its way back. */
const JAMS_CLOSING = 2;
/** What GRIP_RELEASE and GRIP_GRAB are set to, µs. */
export const DOOR_PULSE_US = { open: 1_900, closed: 1_100 } as const;

/** Numbers of SKYRESCUE_COMPARTMENT_STATE. */
const STATE_NUMBER = { CLOSED: 1, OPENING: 2, OPEN: 3, JAMMED: 4 } as const;
type DoorState = keyof typeof STATE_NUMBER;

/** The compartment with its door, and the bystander who takes the AED out. */
export class AedCompartment {
  door: DoorState = 'CLOSED';
  present = true;
  removed = false;
  temperatureC = 17;
  /** Of the servo that moves it, µs: where it is told to go, whether or not the door follows. */
  servoUs: number = DOOR_PULSE_US.closed;
  readonly aedBatteryPercent: number;
  readonly padExpiryS: number;
  readonly #faults: ActiveFaults;
  readonly #random: Random;
  #closing = false;
  #movingMs = 0;
  #openMs = 0;
  #takenAfterMs = 0;
  #missingAtBaseMs = 0;

  constructor(faults: ActiveFaults, random: Random, startUtcMs: number) {
    this.#faults = faults;
    this.#random = random;
    this.aedBatteryPercent = Math.round(between(random, 88, 100));
    this.padExpiryS = Math.round(startUtcMs / 1000 + between(random, 120, 700) * 86_400);
  }

  get stateNumber(): number {
    return STATE_NUMBER[this.door];
  }

  /** The gripper command, relayed: the door starts to move, and no more is promised. */
  move(release: boolean): void {
    this.servoUs = release ? DOOR_PULSE_US.open : DOOR_PULSE_US.closed;
    if (release) {
      if (this.door === 'OPEN' || this.door === 'OPENING') return;
      this.door = 'OPENING';
      this.#closing = false;
    } else {
      if (this.door === 'CLOSED') return;
      this.#closing = true;
    }
    this.#movingMs = 0;
  }

  /** @param atScene on the ground where a bystander can reach in */
  step(dtMs: number, atScene: boolean, atBase: boolean): void {
    this.#moveDoor(dtMs);
    const reachable = this.door === 'OPEN' && this.present && atScene;
    this.#openMs = reachable ? this.#openMs + dtMs : 0;
    if (reachable && !this.#faults.has('person-free-scene') && this.#openMs >= this.#takenAfterMs) {
      this.present = false;
      this.removed = true;
    }
    this.#missingAtBaseMs = atBase && !this.present ? this.#missingAtBaseMs + dtMs : 0;
    if (this.#missingAtBaseMs >= RELOAD_MS) {
      this.present = true;
      this.removed = false;
      this.door = 'CLOSED';
    }
  }

  #moveDoor(dtMs: number): void {
    this.#movingMs += dtMs;
    if (this.#closing && this.#faults.value('jammed-aed') === JAMS_CLOSING) {
      if (this.#movingMs >= JAM_DETECTED_MS) this.door = 'JAMMED';
    } else if (this.#closing && this.#movingMs >= DOOR_TRAVEL_MS) {
      this.#closing = false;
      this.door = 'CLOSED';
    } else if (this.door === 'OPENING') {
      if (this.#faults.has('jammed-aed') && this.#faults.value('jammed-aed') !== JAMS_CLOSING) {
        if (this.#movingMs >= JAM_DETECTED_MS) this.door = 'JAMMED';
      } else if (this.#movingMs >= DOOR_TRAVEL_MS) {
        this.door = 'OPEN';
        this.#takenAfterMs = between(this.#random, 4_000, 10_000);
      }
    }
  }
}
