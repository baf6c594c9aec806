import { beforeEach, expect, test } from 'vitest';
import { SequenceLoss } from '../../../main/station/mavlink/sequence-loss.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let clock: FakeClock;
let loss: SequenceLoss;

beforeEach(() => {
  clock = new FakeClock();
  loss = new SequenceLoss(clock);
});

function hear(...sequences: number[]): void {
  for (const sequence of sequences) loss.record(sequence);
}

test('nothing heard is not 0 %', () => {
  expect(loss.percent()).toBeNull();
});

test('gaps count, over the wrap too', () => {
  hear(253, 254, 1, 2);
  expect(loss.percent()).toBeCloseTo((100 * 2) / 6);
});

test('late packets are taken back, repeated ones are not counted', () => {
  hear(10, 11, 13, 12, 12, 13, 14);
  expect(loss.percent()).toBe(0);
});

test('the window slides: after ten good seconds the loss is forgotten, after ten silent ones it is unknown', () => {
  hear(1, 100);
  for (let second = 0; second < 11; second++) {
    clock.advance(1000);
    hear(101 + second);
  }
  expect(loss.percent()).toBe(0);
  clock.advance(11_000);
  expect(loss.percent()).toBeNull();
});

test('a restart after silence is no loss', () => {
  hear(200, 201);
  clock.advance(6000);
  hear(0, 1);
  expect(loss.percent()).toBe(0);
});

test('20 % random loss is measured as about 20 %', () => {
  const random = seededRandom(3);
  for (let packet = 0; packet < 5000; packet++) {
    if (random.next() >= 0.2) hear(packet % 256);
    clock.advance(2);
  }
  expect(loss.percent()).toBeGreaterThan(18);
  expect(loss.percent()).toBeLessThan(22);
});
