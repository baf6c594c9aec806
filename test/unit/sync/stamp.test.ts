import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advanced, clamped, GREATEST_LEAD_MS, observed, readStamp, stampOf } from '../../../db/sync/stamp.ts';

const clock = fc.record({
  ms: fc.integer({ min: 0, max: 1e12 }),
  counter: fc.integer({ min: 0, max: 99_999 }),
});

describe('stamps (S5)', () => {
  it('sort as text in the order of their making, whatever the machine clock does (case 14)', () => {
    fc.assert(
      fc.property(
        clock,
        fc.array(fc.oneof(fc.integer({ min: 0, max: 2e12 }), fc.double({ min: 0, max: 3, noNaN: true })), {
          minLength: 2,
        }),
        (start, times) => {
          let now = start;
          let previous = stampOf(now, 'S', 'n');
          for (const nowMs of times) {
            now = advanced(now, nowMs);
            const next = stampOf(now, 'S', 'n');
            expect(next > previous).toBe(true);
            expect(readStamp(next)).toEqual({ ...now, stationId: 'S', nonce: 'n' });
            previous = next;
          }
        },
      ),
    );
  });

  it('case 15: a counter that is used up borrows the next millisecond and stays in order', () => {
    const full = { ms: 1_000, counter: 99_999 };
    const next = advanced(full, 1_000);
    expect(next).toEqual({ ms: 1_001, counter: 0 });
    expect(stampOf(next, 'S', 'n') > stampOf(full, 'S', 'n')).toBe(true);
    expect(stampOf(next, 'S', 'n')).toHaveLength(stampOf(full, 'S', 'n').length);
  });

  it('are later than every stamp that was seen, even if the machine clock is days behind', () => {
    fc.assert(
      fc.property(clock, clock, fc.integer({ min: 0, max: 1e12 }), (mine, theirs, nowMs) => {
        const seen = stampOf(theirs, 'T', 'n');
        const next = stampOf(advanced(observed(mine, seen), nowMs), 'S', 'n');
        expect(next > seen).toBe(true);
        expect(next > stampOf(mine, 'S', 'n')).toBe(true);
      }),
    );
  });

  it('case 13: the server clamps what leads too far, keeping order and difference', () => {
    const nowMs = 1_760_000_000_000;
    let last = { ms: 0, counter: 0 };
    let previous = '';
    for (let index = 0; index < 50; index++) {
      const raw = stampOf({ ms: nowMs + 3 * 86_400_000 + index, counter: 0 }, 'T', 'n');
      const outcome = clamped(raw, nowMs + index * 7, last);
      last = outcome.last;
      expect(outcome.stamp > previous).toBe(true);
      expect(readStamp(outcome.stamp).ms).toBeLessThanOrEqual(nowMs + index * 7 + GREATEST_LEAD_MS + 1);
      previous = outcome.stamp;
    }
    const honest = stampOf({ ms: nowMs, counter: 3 }, 'T', 'n');
    expect(clamped(honest, nowMs, last)).toEqual({ stamp: honest, last });
  });

  it('are refused when they have another form', () => {
    expect(() => readStamp('yesterday')).toThrow('Not a stamp');
  });
});
