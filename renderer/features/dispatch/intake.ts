import type { Candidate, Decision, WeatherInput } from '../../../preload/contract/dispatch.ts';
import type { Emergency, EmergencyInput } from '../../../preload/contract/emergencies.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import { type Failure, failureOf } from '../../client/failure.ts';
import { createStore, type Readable } from '../../state/store.ts';
import {
  EMPTY_FORM,
  EMPTY_WEATHER,
  emergencyInput,
  formOf,
  type IntakeForm,
  type WeatherForm,
} from './intake-form.ts';
import { parsePosition } from './parse-position.ts';

/** Typing settles for this long before it is sent; a click on the map is sent at once. */
const SETTLE_MS = 300;
/** A launch accepts a decision of 5 s at most: it is renewed well before. */
const REASSESS_MS = 2_000;

export interface IntakeState {
  readonly form: IntakeForm;
  readonly weather: WeatherForm;
  readonly position: Position | null;
  /** The text in "Where" is the position itself, not an address. */
  readonly whereIsPosition: boolean;
  /** When the first thing was entered: the call's time until somebody says otherwise. */
  readonly calledAtMs: number | null;
  readonly emergency: Emergency | null;
  readonly decision: Decision | null;
  /** The drone somebody picked; null: the best one. */
  readonly chosenDroneId: string | null;
  readonly failure: Failure | null;
}

const NEW_CALL: IntakeState = {
  form: EMPTY_FORM,
  weather: EMPTY_WEATHER,
  position: null,
  whereIsPosition: false,
  calledAtMs: null,
  emergency: null,
  decision: null,
  chosenDroneId: null,
  failure: null,
};

/** What the intake needs of the station. */
export interface IntakeStation {
  create(input: EmergencyInput): Promise<Emergency>;
  update(input: EmergencyInput & { emergencyId: string }): Promise<Emergency>;
  assess(input: { emergencyId: string; weather?: WeatherInput }): Promise<Decision>;
  openEmergencies(): readonly Emergency[];
  weatherOf(form: WeatherForm): WeatherInput | null;
  nowMs(): number;
}

export interface Intake {
  readonly state: Readable<IntakeState>;
  /** Keeps assessing until its returned end is called. */
  run(): () => void;
  edit(part: Partial<IntakeForm>): void;
  editWeather(part: Partial<WeatherForm>): void;
  /** A click on the map. */
  pick(position: Position): void;
  /** False when this drone is no candidate. */
  choose(droneId: string): boolean;
  /** Takes a waiting emergency back into the form. */
  take(emergency: Emergency): void;
  /** Leaves this call as it is saved and makes the form ready for the next. */
  startNew(): void;
}

/** The candidate on screen: the one somebody picked while it is there, otherwise the best. */
export function shownCandidate({ decision, chosenDroneId }: IntakeState): Candidate | null {
  const candidates = decision?.candidates ?? [];
  return candidates.find((candidate) => candidate.droneId === chosenDroneId) ?? candidates[0] ?? null;
}

/** Something was entered that would be lost, because without a position it is saved nowhere. */
export function isUnsaved({ form, emergency }: IntakeState): boolean {
  return (
    emergency === null && [form.where, form.age, form.words, form.phone].some((text) => text.trim() !== '')
  );
}

/** One call from its first word to its launch: saved and assessed while it is being typed. */
export function openIntake(station: IntakeStation): Intake {
  const state = createStore<IntakeState>(NEW_CALL);
  const change = (part: Partial<IntakeState>): void => state.set({ ...state.get(), ...part });
  /** Grows with every new call: answers that belong to an older one are dropped. */
  let call = 0;
  let savedText: string | null = null;
  let triedText: string | null = null;
  let working = false;
  let again = false;
  let settleTimer: ReturnType<typeof setTimeout> | undefined;

  const save = async (input: EmergencyInput): Promise<Emergency> => {
    const known =
      state.get().emergency ??
      // An answer that was lost: the queue tells whether the station has this call already.
      station.openEmergencies().find((emergency) => emergency.calledAtMs === input.calledAtMs) ??
      null;
    return known === null
      ? station.create(input)
      : station.update({ ...input, emergencyId: known.emergencyId });
  };

  /** Saves what changed, then assesses. Never two at once; what changes meanwhile is sent afterwards. */
  const work = async (): Promise<void> => {
    if (working) {
      again = true;
      return;
    }
    const { form, position, calledAtMs, whereIsPosition, weather } = state.get();
    if (position === null || calledAtMs === null) return;
    working = true;
    const mine = call;
    try {
      const input = emergencyInput(form, position, calledAtMs, whereIsPosition);
      const text = JSON.stringify(input);
      if (text !== savedText || state.get().emergency === null) {
        // What the station called malformed stays so until somebody changes it.
        if (text === triedText && state.get().failure?.code === 'INVALID_INPUT') return;
        triedText = text;
        const emergency = await save(input);
        if (mine !== call) return;
        savedText = text;
        change({ emergency });
      }
      const { emergency } = state.get();
      if (emergency === null) return;
      const entered = station.weatherOf(weather);
      const decision = await station.assess({
        emergencyId: emergency.emergencyId,
        ...(entered !== null && { weather: entered }),
      });
      if (mine === call) change({ decision, failure: null });
    } catch (error) {
      // An old decision must not look like a new one.
      if (mine === call) change({ decision: null, failure: failureOf(error) });
    } finally {
      working = false;
      if (again) {
        again = false;
        void work();
      }
    }
  };

  const settle = (delayMs: number): void => {
    clearTimeout(settleTimer);
    settleTimer = setTimeout(() => void work(), delayMs);
  };
  const begin = (next: IntakeState, saved: string | null): void => {
    clearTimeout(settleTimer);
    call++;
    savedText = saved;
    state.set(next);
  };
  const calledAtMs = (): number => state.get().calledAtMs ?? Math.round(station.nowMs());

  return {
    state,
    run() {
      const timer = setInterval(() => void work(), REASSESS_MS);
      return () => {
        clearInterval(timer);
        clearTimeout(settleTimer);
      };
    },
    edit(part) {
      const form = { ...state.get().form, ...part };
      const typed = part.where === undefined ? null : parsePosition(part.where);
      change({
        form,
        calledAtMs: calledAtMs(),
        ...(part.where !== undefined && { whereIsPosition: typed !== null }),
        ...(typed !== null && { position: typed }),
      });
      settle(SETTLE_MS);
    },
    editWeather(part) {
      change({ weather: { ...state.get().weather, ...part } });
      settle(SETTLE_MS);
    },
    pick(position) {
      const { form, whereIsPosition } = state.get();
      change({
        position,
        calledAtMs: calledAtMs(),
        whereIsPosition: false,
        // Typed coordinates would contradict the click; an address still says where to ring.
        ...(whereIsPosition && { form: { ...form, where: '' } }),
      });
      settle(0);
    },
    choose(droneId) {
      if (state.get().decision?.candidates.some((candidate) => candidate.droneId === droneId) !== true)
        return false;
      change({ chosenDroneId: droneId });
      return true;
    },
    take(emergency) {
      const { calledAtMs: at, position } = emergency;
      const form = formOf(emergency);
      begin(
        { ...NEW_CALL, form, position, calledAtMs: at, emergency },
        JSON.stringify(emergencyInput(form, position, at, false)),
      );
      settle(0);
    },
    startNew: () => begin(NEW_CALL, null),
  };
}
