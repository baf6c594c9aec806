import type { Cursor } from '../../../db/sync/wire.ts';
import type { SyncFaultKind } from './central-transport.ts';

/**
 * What the engine does next, as a pure function of what it knows and what has happened (docs/sync.md, rules P1–P9).
 * One operation runs at a time; its outcome is the next event.
 */
export type Operation = 'GREET' | 'FULL_PULL' | 'PUSH' | 'PULL' | 'SWEEP' | 'TELEMETRY' | 'CHECK';

export type Outcome =
  /** `again`: the station took a new incarnation and must introduce itself with it. */
  | { readonly of: 'GREET'; readonly again: boolean; readonly fullPull: boolean }
  | { readonly of: 'FULL_PULL' }
  | { readonly of: 'PUSH'; readonly more: boolean; readonly pushed: boolean }
  | {
      readonly of: 'PULL';
      readonly more: boolean;
      readonly cursor: Cursor;
      /** The page was not used: what this station may see was changed since the pages before. */
      readonly visibilityChanged: boolean;
      /** It was the last page of a full pull. */
      readonly sweep: boolean;
    }
  | { readonly of: 'SWEEP' }
  | { readonly of: 'TELEMETRY'; readonly more: boolean }
  | { readonly of: 'CHECK'; readonly more: boolean };

/** `STORE`: this station's own database could not do it. */
export type FaultKind = SyncFaultKind | 'STORE';

export interface Fault {
  readonly kind: FaultKind;
  readonly sentence: string;
}

export type SyncEvent =
  | { readonly kind: 'STARTED'; readonly paused: boolean }
  | { readonly kind: 'PAUSED' }
  /** A person resumes, asks to sync now, or has entered other credentials. */
  | { readonly kind: 'ASKED' }
  /** Something was written here. */
  | { readonly kind: 'CHANGED' }
  /** Something was written elsewhere; null: not known how far. */
  | { readonly kind: 'POKED'; readonly horizon: Cursor | null }
  | { readonly kind: 'WOKE' }
  | { readonly kind: 'DONE'; readonly outcome: Outcome }
  | { readonly kind: 'FAILED'; readonly fault: Fault };

export type Effect =
  | { readonly kind: 'RUN'; readonly operation: Operation }
  /** Replaces the wake that was asked for before. */
  | { readonly kind: 'WAKE_AFTER'; readonly delayMs: number }
  /** Ends the connection at once; an operation that is running fails. */
  | { readonly kind: 'DISCONNECT' };

type Wants = { readonly [Name in Exclude<Operation, 'GREET'>]: boolean };

export interface MachineState {
  readonly mode: 'OFF' | 'ON' | 'PAUSED' | 'NEEDS_PERSON';
  readonly greeted: boolean;
  readonly running: Operation | null;
  /** After a fault: nothing is tried before a WOKE or a person asks. */
  readonly backingOff: boolean;
  readonly wants: Wants;
  /** Faults since the last page that was applied. */
  readonly failures: number;
  /** How often another program seemed to use this identity since a person last asked. */
  readonly cloned: number;
  readonly fault: Fault | null;
  /** What was answered in another form than agreed: it is left out of this round, and everything else goes on. */
  readonly stuck: Operation | null;
  readonly cursor: Cursor | null;
  readonly nextCheckAtMs: number;
}

export interface Chance {
  /** Monotonic. */
  readonly nowMs: number;
  /** Uniform in [0, 1). */
  random(): number;
}

const POLL_MS = 5_000;
const FIRST_BACKOFF_MS = 1_000;
const GREATEST_BACKOFF_MS = 30_000;
/** What only a change at the centre can cure is looked at now and then. */
const SLOW_RETRY_MS = 300_000;
const CHECK_EVERY_MS = 600_000;
const CLONED_BY_CHANCE = 2;

/** In this order: what people wait for goes before telemetry, and that before checking. */
const ORDER: readonly Exclude<Operation, 'GREET'>[] = [
  'FULL_PULL',
  'PUSH',
  'PULL',
  'SWEEP',
  'TELEMETRY',
  'CHECK',
];
const NOTHING: Wants = {
  FULL_PULL: false,
  PUSH: false,
  PULL: false,
  SWEEP: false,
  TELEMETRY: false,
  CHECK: false,
};
const ROUND: Partial<Wants> = { PUSH: true, PULL: true, TELEMETRY: true };

export const INITIAL: MachineState = {
  mode: 'OFF',
  greeted: false,
  running: null,
  backingOff: false,
  wants: NOTHING,
  failures: 0,
  cloned: 0,
  fault: null,
  stuck: null,
  cursor: null,
  nextCheckAtMs: 0,
};

export interface Step {
  readonly state: MachineState;
  readonly effects: readonly Effect[];
}

export function step(state: MachineState, event: SyncEvent, chance: Chance): Step {
  switch (event.kind) {
    case 'STARTED':
      return proceed(
        {
          ...INITIAL,
          mode: event.paused ? 'PAUSED' : 'ON',
          nextCheckAtMs: chance.nowMs + CHECK_EVERY_MS * chance.random(),
        },
        chance,
      );
    case 'PAUSED':
      return {
        state: { ...state, mode: 'PAUSED', greeted: false, backingOff: false, fault: null },
        effects: [{ kind: 'DISCONNECT' }],
      };
    case 'ASKED':
      return proceed(
        wanting(
          { ...state, mode: 'ON', backingOff: false, fault: null, stuck: null, failures: 0, cloned: 0 },
          ROUND,
        ),
        chance,
      );
    case 'CHANGED':
      return proceed(wanting(state, { PUSH: true }), chance);
    case 'POKED':
      return reached(state.cursor, event.horizon)
        ? { state, effects: [] }
        : proceed(wanting(state, { PULL: true }), chance);
    case 'WOKE':
      return proceed(afterWake(state, chance), chance);
    case 'DONE':
      if (state.mode !== 'ON') return { state: { ...state, running: null, greeted: false }, effects: [] };
      return proceed(afterOutcome(answered(state, event.outcome), event.outcome, chance), chance);
    case 'FAILED':
      return event.fault.kind === 'MALFORMED' && state.running !== 'GREET' && state.mode === 'ON'
        ? afterMisshapen(state, event.fault, chance)
        : afterFault(interrupted(state), event.fault, chance);
  }
}

function wanting(state: MachineState, wants: Partial<Wants>): MachineState {
  return { ...state, wants: { ...state.wants, ...wants } };
}

/** Begins what comes next, or sleeps until the next poll. */
function proceed(state: MachineState, chance: Chance): Step {
  if (state.mode !== 'ON' || state.running !== null || state.backingOff) return { state, effects: [] };
  const operation = state.greeted ? (ORDER.find((name) => state.wants[name]) ?? null) : 'GREET';
  if (operation === null) {
    const delayMs = POLL_MS * (0.8 + 0.4 * chance.random());
    return { state, effects: [{ kind: 'WAKE_AFTER', delayMs }] };
  }
  // What is wanted again while it runs is done again after it.
  const begun = operation === 'GREET' ? state : wanting(state, { [operation]: false });
  return { state: { ...begun, running: operation }, effects: [{ kind: 'RUN', operation }] };
}

function afterWake(state: MachineState, chance: Chance): MachineState {
  const checkIsDue = chance.nowMs >= state.nextCheckAtMs;
  return wanting(
    {
      ...state,
      backingOff: false,
      mode: state.mode === 'NEEDS_PERSON' && !waitsForPerson(state.fault) ? 'ON' : state.mode,
      nextCheckAtMs: checkIsDue
        ? chance.nowMs + CHECK_EVERY_MS * (0.5 + chance.random())
        : state.nextCheckAtMs,
    },
    { ...ROUND, ...(checkIsDue ? { CHECK: true } : {}) },
  );
}

function answered(state: MachineState, { of }: Outcome): MachineState {
  const isFree = state.stuck === of;
  return { ...state, running: null, ...(isFree ? { stuck: null, fault: null } : {}) };
}

function afterOutcome(state: MachineState, outcome: Outcome, chance: Chance): MachineState {
  switch (outcome.of) {
    case 'GREET':
      if (outcome.again) return { ...state, greeted: false };
      return wanting(
        { ...state, greeted: true },
        { ...ROUND, ...(outcome.fullPull ? { SWEEP: false } : {}) },
      );
    case 'FULL_PULL':
      return wanting(state, { PULL: true, SWEEP: false });
    case 'PULL':
      if (outcome.visibilityChanged) return wanting(state, { FULL_PULL: true });
      return orWanting(
        { ...state, cursor: outcome.cursor, failures: 0, fault: state.stuck === null ? null : state.fault },
        { PULL: outcome.more, SWEEP: outcome.sweep },
      );
    case 'PUSH':
      return orWanting(state, { PUSH: outcome.more, PULL: outcome.pushed });
    case 'SWEEP':
      return state;
    case 'TELEMETRY':
      return orWanting(state, { TELEMETRY: outcome.more });
    case 'CHECK':
      return orWanting(
        { ...state, nextCheckAtMs: chance.nowMs + CHECK_EVERY_MS * (0.5 + chance.random()) },
        { CHECK: outcome.more },
      );
  }
}

function orWanting(state: MachineState, wants: Partial<Wants>): MachineState {
  const more = Object.fromEntries(Object.entries(wants).filter(([, wanted]) => wanted));
  return wanting(state, more);
}

/** Tried again in the next round. The connection is as good as before. */
function afterMisshapen(state: MachineState, fault: Fault, chance: Chance): Step {
  return proceed(
    { ...state, running: null, stuck: state.running, fault, failures: state.failures + 1 },
    chance,
  );
}

/** What was running is still to be done. */
function interrupted(state: MachineState): MachineState {
  const { running } = state;
  const wants = running === null || running === 'GREET' ? {} : { [running]: true };
  return wanting({ ...state, running: null }, wants);
}

function afterFault(state: MachineState, fault: Fault, chance: Chance): Step {
  if (state.mode !== 'ON') return { state: { ...state, greeted: false }, effects: [] };
  const failures = state.failures + 1;
  const next = { ...state, fault, failures };
  switch (fault.kind) {
    case 'CURSOR_EXPIRED':
      return proceed(wanting({ ...state, fault: null, failures }, { FULL_PULL: true }), chance);
    case 'RETRY':
    case 'STORE':
      return backOff(next, chance);
    case 'STALE':
      // A greeting cures it, at once the first time.
      return failures === 1
        ? proceed({ ...state, failures, greeted: false }, chance)
        : backOff({ ...next, greeted: false }, chance);
    case 'UNREACHABLE':
    case 'READ_ONLY':
    case 'MALFORMED': {
      const { state: waiting, effects } = backOff({ ...next, greeted: false }, chance);
      return { state: waiting, effects: [{ kind: 'DISCONNECT' }, ...effects] };
    }
    case 'CLONED':
      // A late greeting of a program that has crashed looks the same; it does not come twice.
      if (state.cloned < CLONED_BY_CHANCE)
        return backOff({ ...next, fault: null, greeted: false, cloned: state.cloned + 1 }, chance);
      return needsPerson(next);
    case 'CREDENTIALS':
      return needsPerson(next);
    case 'WRONG_SERVER':
    case 'SCHEMA':
    case 'CERTIFICATE':
      return {
        state: { ...next, mode: 'NEEDS_PERSON', greeted: false },
        effects: [
          { kind: 'DISCONNECT' },
          { kind: 'WAKE_AFTER', delayMs: SLOW_RETRY_MS * (0.5 + chance.random()) },
        ],
      };
  }
}

function needsPerson(state: MachineState): Step {
  return {
    state: { ...state, mode: 'NEEDS_PERSON', greeted: false },
    effects: [{ kind: 'DISCONNECT' }],
  };
}

/** Full jitter: a thousand stations that were cut off together do not come back together. */
function backOff(state: MachineState, chance: Chance): Step {
  const most = Math.min(GREATEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(state.failures - 1, 10));
  return {
    state: { ...state, backingOff: true },
    effects: [{ kind: 'WAKE_AFTER', delayMs: most * chance.random() }],
  };
}

function waitsForPerson(fault: Fault | null): boolean {
  return fault?.kind === 'CREDENTIALS' || fault?.kind === 'CLONED';
}

/** The cursor is at or beyond the horizon. */
function reached(cursor: Cursor | null, horizon: Cursor | null): boolean {
  if (cursor === null || horizon === null || cursor.epoch !== horizon.epoch) return false;
  const [txid, horizonTxid] = [BigInt(cursor.txid), BigInt(horizon.txid)];
  return txid > horizonTxid || (txid === horizonTxid && BigInt(cursor.seq) >= BigInt(horizon.seq));
}
