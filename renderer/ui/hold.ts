/** How long a dangerous action is held (U2). */
export const HOLD_MS = 1_000;
/** After this a confirmation is old: a page that froze in the middle of a hold must not act when it wakes (U2). */
export const EXPIRES_MS = 5_000;
/** A double click is not two decisions. */
const SHORTEST_PAUSE_MS = 400;

export type HoldState =
  | { readonly phase: 'IDLE' }
  | { readonly phase: 'HOLDING'; readonly startedAtMs: number }
  /** Assistive technology can click but not hold: the first click arms, a second one confirms. */
  | { readonly phase: 'ARMED'; readonly armedAtMs: number };

export const IDLE: HoldState = { phase: 'IDLE' };

export interface HoldStep {
  readonly state: HoldState;
  /** True once for each confirmation. */
  readonly confirmed: boolean;
}

const stay = (state: HoldState): HoldStep => ({ state, confirmed: false });
const rest: HoldStep = { state: IDLE, confirmed: false };
const confirm: HoldStep = { state: IDLE, confirmed: true };

/** A press while one is held changes nothing: a second finger, or a key's repeat. */
export function press(state: HoldState, nowMs: number): HoldStep {
  return state.phase === 'HOLDING' ? stay(state) : stay({ phase: 'HOLDING', startedAtMs: nowMs });
}

/** To be asked when the hold should be complete. Confirms after a second, and not after five. */
export function holdElapsed(state: HoldState, nowMs: number): HoldStep {
  if (state.phase !== 'HOLDING') return stay(state);
  const heldMs = nowMs - state.startedAtMs;
  if (heldMs > EXPIRES_MS) return rest;
  return heldMs >= HOLD_MS ? confirm : stay(state);
}

/** Letting go, leaving, losing focus and Escape all end a hold without effect. */
export function cancel(state: HoldState): HoldStep {
  return state.phase === 'HOLDING' ? rest : stay(state);
}

/** A click that came without pointer or key, as a screen reader sends it. */
export function assistiveClick(state: HoldState, nowMs: number): HoldStep {
  if (state.phase !== 'ARMED') return stay({ phase: 'ARMED', armedAtMs: nowMs });
  const pauseMs = nowMs - state.armedAtMs;
  if (pauseMs < SHORTEST_PAUSE_MS) return stay(state);
  return pauseMs <= EXPIRES_MS ? confirm : stay({ phase: 'ARMED', armedAtMs: nowMs });
}

export function armedElapsed(state: HoldState, nowMs: number): HoldStep {
  return state.phase === 'ARMED' && nowMs - state.armedAtMs > EXPIRES_MS ? rest : stay(state);
}
