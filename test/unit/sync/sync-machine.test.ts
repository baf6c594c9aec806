import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../main/station/ports/random.ts';
import {
  type Effect,
  type FaultKind,
  INITIAL,
  type MachineState,
  type Outcome,
  type SyncEvent,
  step,
} from '../../../main/station/sync/sync-machine.ts';

const CURSOR = { epoch: 'e', txid: '10', seq: '5' };
const pulled = (more = false): Outcome => ({
  of: 'PULL',
  more,
  cursor: CURSOR,
  visibilityChanged: false,
  sweep: false,
});
const done = (outcome: Outcome): SyncEvent => ({ kind: 'DONE', outcome });
const failed = (kind: FaultKind): SyncEvent => ({ kind: 'FAILED', fault: { kind, sentence: 'x' } });
const GREETED = done({ of: 'GREET', again: false, fullPull: false });
const PUSHED_ALL = done({ of: 'PUSH', more: false, pushed: false });

/** Plays events and answers the operations and waits that came of each. */
function play(events: readonly SyncEvent[], state: MachineState = INITIAL) {
  const effects: Effect[][] = [];
  for (const event of events) {
    const next = step(state, event, { nowMs: 0, random: () => 0.5 });
    state = next.state;
    effects.push([...next.effects]);
  }
  return { state, effects, last: effects.at(-1) ?? [] };
}

const runs = (effects: readonly Effect[][]): string[] =>
  effects.flat().flatMap((effect) => (effect.kind === 'RUN' ? [effect.operation] : []));

const START: SyncEvent = { kind: 'STARTED', paused: false };

describe('the order of work', () => {
  it('greets, pushes until nothing waits, pulls until nothing comes, then telemetry, then sleeps', () => {
    const { effects, last } = play([
      START,
      GREETED,
      done({ of: 'PUSH', more: true, pushed: true }),
      PUSHED_ALL,
      done(pulled(true)),
      done(pulled()),
      done({ of: 'TELEMETRY', more: true }),
      done({ of: 'TELEMETRY', more: false }),
    ]);
    expect(runs(effects)).toEqual(['GREET', 'PUSH', 'PUSH', 'PULL', 'PULL', 'TELEMETRY', 'TELEMETRY']);
    expect(last).toEqual([{ kind: 'WAKE_AFTER', delayMs: 5_000 }]);
  });

  it('a change that is recorded during telemetry goes before the next slice', () => {
    const { effects } = play([
      START,
      GREETED,
      PUSHED_ALL,
      done(pulled()),
      { kind: 'CHANGED' },
      done({ of: 'TELEMETRY', more: true }),
    ]);
    expect(runs(effects).at(-1)).toBe('PUSH');
  });

  it('a change that is recorded during a push is pushed after it', () => {
    const { effects } = play([START, GREETED, { kind: 'CHANGED' }, PUSHED_ALL]);
    expect(runs(effects)).toEqual(['GREET', 'PUSH', 'PUSH']);
  });

  it('a poke for what was pulled already is ignored, any other is followed', () => {
    const idle = play([START, GREETED, PUSHED_ALL, done(pulled()), done({ of: 'TELEMETRY', more: false })]);
    const poke = (seq: string): SyncEvent => ({ kind: 'POKED', horizon: { ...CURSOR, seq } });
    expect(play([poke('5')], idle.state).effects.flat()).toEqual([]);
    expect(runs(play([poke('6')], idle.state).effects)).toEqual(['PULL']);
    expect(runs(play([{ kind: 'POKED', horizon: null }], idle.state).effects)).toEqual(['PULL']);
  });

  it('a change of what may be seen in the middle of a pull begins it anew, and sweeps at its end', () => {
    const { effects } = play([
      START,
      GREETED,
      PUSHED_ALL,
      done({ ...pulled(), of: 'PULL', visibilityChanged: true } as Outcome),
      done({ of: 'FULL_PULL' }),
      done({ ...pulled(), sweep: true } as Outcome),
    ]);
    expect(runs(effects)).toEqual(['GREET', 'PUSH', 'PULL', 'FULL_PULL', 'PULL', 'SWEEP']);
  });
});

describe('faults', () => {
  it('case 31: credentials that are no longer good wait for a person, with the sentence, for ever', () => {
    const { state, last } = play([START, failed('CREDENTIALS')]);
    expect(state.mode).toBe('NEEDS_PERSON');
    expect(state.fault?.kind).toBe('CREDENTIALS');
    expect(last).toEqual([{ kind: 'DISCONNECT' }]);
    expect(runs(play([{ kind: 'WOKE' }, { kind: 'CHANGED' }], state).effects)).toEqual([]);
    expect(runs(play([{ kind: 'ASKED' }], state).effects)).toEqual(['GREET']);
  });

  it.each(['SCHEMA', 'CERTIFICATE', 'WRONG_SERVER'] as const)(
    '%s is looked at again after minutes',
    (kind) => {
      const { state, last } = play([START, failed(kind)]);
      expect(state.mode).toBe('NEEDS_PERSON');
      expect(last.at(-1)).toEqual({ kind: 'WAKE_AFTER', delayMs: 300_000 });
      expect(runs(play([{ kind: 'WOKE' }], state).effects)).toEqual(['GREET']);
    },
  );

  it('an answer of another form stops nothing else, is asked for again in the next round, and is told until then', () => {
    const telemetry = done({ of: 'TELEMETRY', more: false });
    const first = play([START, GREETED, PUSHED_ALL, failed('MALFORMED'), telemetry]);
    expect(runs(first.effects)).toEqual(['GREET', 'PUSH', 'PULL', 'TELEMETRY']);
    expect(first.last).toEqual([{ kind: 'WAKE_AFTER', delayMs: 5_000 }]);
    const changed = play([{ kind: 'CHANGED' }, PUSHED_ALL], first.state);
    expect(runs(changed.effects)).toEqual(['PUSH']);
    expect(changed.state.fault?.kind).toBe('MALFORMED');
    const cured = play([{ kind: 'WOKE' }, PUSHED_ALL, done(pulled())], changed.state);
    expect(runs(cured.effects)).toEqual(['PUSH', 'PULL', 'TELEMETRY']);
    expect(cured.state).toMatchObject({ fault: null, failures: 0, greeted: true });
  });

  it('what one operation was answered stays told while another succeeds', () => {
    const { state, effects } = play([START, GREETED, failed('MALFORMED'), done(pulled())]);
    expect(runs(effects)).toEqual(['GREET', 'PUSH', 'PULL', 'TELEMETRY']);
    expect(state).toMatchObject({ stuck: 'PUSH', fault: { kind: 'MALFORMED' } });
  });

  it.each(['UNREACHABLE', 'READ_ONLY'] as const)(
    'case 38: %s ends the connection and greets again soon',
    (kind) => {
      const { effects, state } = play([START, GREETED, failed(kind)]);
      expect(effects.at(-1)).toEqual([{ kind: 'DISCONNECT' }, { kind: 'WAKE_AFTER', delayMs: 500 }]);
      expect(runs(play([{ kind: 'WOKE' }], state).effects)).toEqual(['GREET']);
    },
  );

  it('case 5: a gap or another epoch is cured by a greeting at once, but not in a tight loop', () => {
    const first = play([START, GREETED, failed('STALE')]);
    expect(runs(first.effects).at(-1)).toBe('GREET');
    const second = play([GREETED, failed('STALE')], first.state);
    expect(second.last.at(-1)?.kind).toBe('WAKE_AFTER');
  });

  it('what failed is done again', () => {
    const { state } = play([START, GREETED, PUSHED_ALL, failed('RETRY')]);
    expect(runs(play([{ kind: 'WOKE' }], state).effects)).toEqual(['PUSH']);
    expect(state.wants.PULL).toBe(true);
  });

  it('an expired cursor pulls everything', () => {
    const { effects } = play([START, GREETED, PUSHED_ALL, failed('CURSOR_EXPIRED')]);
    expect(runs(effects).at(-1)).toBe('FULL_PULL');
  });

  it('a pause disconnects, does nothing, and ends only by a person', () => {
    const { state, effects } = play([
      START,
      GREETED,
      { kind: 'PAUSED' },
      failed('UNREACHABLE'),
      { kind: 'WOKE' },
    ]);
    expect(runs(effects)).toEqual(['GREET', 'PUSH']);
    expect(state.mode).toBe('PAUSED');
    expect(runs(play([{ kind: 'ASKED' }], state).effects)).toEqual(['GREET']);
  });

  it('waits 30 s at most, however often it failed', () => {
    let state = play([START]).state;
    for (let round = 0; round < 40; round++) {
      const next = step(state, failed('UNREACHABLE'), { nowMs: 0, random: () => 0.999 });
      const wait = next.effects.find((effect) => effect.kind === 'WAKE_AFTER');
      expect(wait?.kind === 'WAKE_AFTER' ? wait.delayMs : 0).toBeLessThanOrEqual(30_000);
      state = step(next.state, { kind: 'WOKE' }, { nowMs: 0, random: () => 0.5 }).state;
    }
  });
});

describe('case 37: a thousand stations come back', () => {
  it('spreads their attempts: no second of the worst half minute sees more than a tenth of them', () => {
    const random = seededRandom(37);
    const outageMs = 120_000;
    const attempts = new Map<number, number>();
    let reachedAtMs = 0;
    for (let station = 0; station < 1_000; station++) {
      const chance = { nowMs: 0, random: () => random.next() };
      let state = step(INITIAL, START, chance).state;
      let nowMs = 0;
      // Each fails until the server is back, and greets at its first attempt after that.
      while (nowMs < outageMs) {
        const next = step(state, failed('UNREACHABLE'), chance);
        const wait = next.effects.find((effect) => effect.kind === 'WAKE_AFTER');
        nowMs += wait?.kind === 'WAKE_AFTER' ? wait.delayMs : 0;
        state = step(next.state, { kind: 'WOKE' }, chance).state;
      }
      const second = Math.floor(nowMs / 1_000);
      attempts.set(second, (attempts.get(second) ?? 0) + 1);
      reachedAtMs = Math.max(reachedAtMs, nowMs);
    }
    expect(Math.max(...attempts.values())).toBeLessThanOrEqual(100);
    expect(reachedAtMs).toBeLessThanOrEqual(outageMs + 30_000);
  });
});
