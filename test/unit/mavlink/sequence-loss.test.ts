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
  for (const sequence of sequences) loss.record(1, 1, sequence);
}

test('nothing heard is not 0 %', () => {
  expect(loss.lossPercent(1, 1)).toBeNull();
});

test('gaps count, over the wrap too', () => {
  hear(253, 254, 1, 2);
  expect(loss.lossPercent(1, 1)).toBeCloseTo((100 * 2) / 6);
});

test('late packets are taken back, repeated ones are not counted', () => {
  hear(10, 11, 13, 12, 12, 13, 14);
  expect(loss.lossPercent(1, 1)).toBe(0);
});

test('each component is counted on its own', () => {
  hear(1, 3);
  loss.record(1, 191, 1);
  loss.record(1, 191, 2);
  expect(loss.lossPercent(1, 1)).toBeGreaterThan(0);
  expect(loss.lossPercent(1, 191)).toBe(0);
});

test('the window slides: after ten good seconds the loss is forgotten, after ten silent ones it is unknown', () => {
  hear(1, 100);
  for (let second = 0; second < 11; second++) {
    clock.advance(1000);
    hear(101 + second);
  }
  expect(loss.lossPercent(1, 1)).toBe(0);
  clock.advance(11_000);
  expect(loss.lossPercent(1, 1)).toBeNull();
});

test('a restart after silence is no loss', () => {
  hear(200, 201);
  clock.advance(6000);
  hear(0, 1);
  expect(loss.lossPercent(1, 1)).toBe(0);
});

test('20 % random loss is measured as about 20 %', () => {
  const random = seededRandom(3);
  for (let packet = 0; packet < 5000; packet++) {
    if (random.next() >= 0.2) hear(packet % 256);
    clock.advance(2);
  }
  expect(loss.lossPercent(1, 1)).toBeGreaterThan(18);
  expect(loss.lossPercent(1, 1)).toBeLessThan(22);
});

test('any number of senders is remembered in bounded memory', () => {
  for (let system = 1; system <= 255; system++)
    for (let component = 1; component <= 10; component++) loss.record(system, component, 0);
  expect(loss.lossPercent(1, 1)).toBeNull();
  expect(loss.lossPercent(255, 10)).toBe(0);
});
