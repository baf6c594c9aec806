import { expect, test } from 'vitest';
import {
  armedElapsed,
  assistiveClick,
  cancel,
  EXPIRES_MS,
  HOLD_MS,
  holdElapsed,
  IDLE,
  press,
} from '../../../renderer/ui/hold.ts';

test('U2: a hold of one second confirms, once', () => {
  const held = press(IDLE, 100).state;
  expect(holdElapsed(held, 100 + HOLD_MS - 1)).toEqual({ state: held, confirmed: false });
  const done = holdElapsed(held, 100 + HOLD_MS);
  expect(done).toEqual({ state: IDLE, confirmed: true });
  expect(holdElapsed(done.state, 100 + 2 * HOLD_MS).confirmed).toBe(false);
});

test('U2: letting go before the second is over does nothing', () => {
  const released = cancel(press(IDLE, 0).state);
  expect(released).toEqual({ state: IDLE, confirmed: false });
  expect(holdElapsed(released.state, HOLD_MS).confirmed).toBe(false);
});

test('U2: a repeat of the key does not start the hold again', () => {
  const held = press(IDLE, 0).state;
  expect(press(held, 900).state).toBe(held);
  expect(holdElapsed(press(held, 900).state, HOLD_MS).confirmed).toBe(true);
});

test('U2: a page that froze during the hold does not act when it wakes', () => {
  const held = press(IDLE, 0).state;
  expect(holdElapsed(held, EXPIRES_MS)).toEqual({ state: IDLE, confirmed: true });
  expect(holdElapsed(held, EXPIRES_MS + 1)).toEqual({ state: IDLE, confirmed: false });
});

test('U6: assistive technology arms with one click and confirms with a second within five seconds', () => {
  const armed = assistiveClick(IDLE, 0).state;
  expect(armed.phase).toBe('ARMED');
  expect(assistiveClick(armed, 100).confirmed).toBe(false);
  expect(assistiveClick(armed, 2_000)).toEqual({ state: IDLE, confirmed: true });
  expect(assistiveClick(armed, EXPIRES_MS + 1)).toEqual({
    state: { phase: 'ARMED', armedAtMs: EXPIRES_MS + 1 },
    confirmed: false,
  });
  expect(armedElapsed(armed, EXPIRES_MS + 1).state).toBe(IDLE);
  expect(armedElapsed(armed, EXPIRES_MS).state).toBe(armed);
});
