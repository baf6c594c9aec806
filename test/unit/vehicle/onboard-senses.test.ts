import { expect, test } from 'vitest';
import type { MessageDefinition } from '../../../main/station/mavlink/frame.ts';
import { FrameParser } from '../../../main/station/mavlink/frame-parser.ts';
import {
  LANDING_TARGET,
  NAMED_VALUE_FLOAT,
  NAMED_VALUE_INT,
  OBSTACLE_DISTANCE,
} from '../../../main/station/mavlink/generated/messages.ts';
import { OnboardSenses } from '../../../main/station/vehicle/onboard-senses.ts';
import { said } from '../../support/health-facts.ts';

function senses() {
  const read = new OnboardSenses();
  return {
    reading: (nowMs: number) => read.reading(nowMs),
    say<Fields>(definition: MessageDefinition<Fields>, fields: Partial<Fields>, nowMs: number): void {
      new FrameParser((frame) => read.accept(frame, nowMs)).push(said(definition, fields).bytes);
    },
  };
}

test('a drone that says nothing senses nothing that the station knows of', () => {
  expect(senses().reading(1_000)).toBeNull();
});

test('common messages tell what is sensed, for three seconds', () => {
  const { say, reading } = senses();
  const distances = [...Array<number>(70).fill(0xffff), 900, 50];
  say(OBSTACLE_DISTANCE, { distances, minDistance: 100, maxDistance: 2_000 }, 1_000);
  say(LANDING_TARGET, {}, 2_000);
  say(NAMED_VALUE_FLOAT, { name: 'ai_lz', value: 0.5 }, 2_000);
  say(NAMED_VALUE_INT, { name: 'AI_people', value: 2 }, 2_000);
  say(NAMED_VALUE_FLOAT, { name: 'wingflap', value: 7 }, 2_000);
  say(NAMED_VALUE_FLOAT, { name: 'ai_bad', value: Number.NaN }, 2_000);
  const values = [
    { name: 'ai_lz', value: 0.5 },
    { name: 'AI_people', value: 2 },
  ];
  const all = { seesLandingTarget: true, nearestObstacleM: 9, values, receivedAtMs: 2_000 };
  expect(reading(3_000)).toEqual(all);
  expect(reading(4_500)).toEqual({ ...all, nearestObstacleM: null });
  expect(reading(5_500)).toBeNull();
});

test('names without end take no memory', () => {
  const { say, reading } = senses();
  for (let index = 0; index < 500; index++)
    say(NAMED_VALUE_INT, { name: `ai_${index}`, value: index }, 1_000);
  expect(reading(1_000)?.values).toHaveLength(16);
});
