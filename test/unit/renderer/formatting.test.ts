import { describe, expect, test } from 'vitest';
import {
  age,
  altitude,
  compassPoint,
  coordinates,
  distance,
  duration,
  heading,
  inWords,
  percent,
  speed,
  speedToMps,
  utcTime,
} from '../../../renderer/ui/formatting.ts';

describe('quantities in the units of the person (U7)', () => {
  test('altitude', () => {
    expect(altitude(60.24, 'metric')).toEqual({ value: '60.2', unit: 'm' });
    expect(altitude(60.96, 'aviation')).toEqual({ value: '200', unit: 'ft' });
    expect(altitude(-0.04, 'metric')).toEqual({ value: '0.0', unit: 'm' });
    expect(altitude(null, 'metric')).toEqual({ value: '–', unit: 'm' });
  });

  test('speed, and back to what the contract wants', () => {
    expect(speed(10, 'metric')).toEqual({ value: '10.0', unit: 'm/s' });
    expect(speed(10, 'aviation')).toEqual({ value: '19.4', unit: 'kt' });
    expect(speed(undefined, 'aviation')).toEqual({ value: '–', unit: 'kt' });
    expect(speedToMps(19.438, 'aviation')).toBeCloseTo(10, 2);
    expect(speedToMps(10, 'metric')).toBe(10);
  });

  test('distance changes its unit with its size', () => {
    expect(inWords(distance(84, 'metric'))).toBe('84 m');
    expect(inWords(distance(2_310, 'metric'))).toBe('2.3 km');
    expect(inWords(distance(84, 'aviation'))).toBe('276 ft');
    expect(inWords(distance(3_704, 'aviation'))).toBe('2.0 NM');
  });

  test('percent', () => {
    expect(percent(77.6)).toEqual({ value: '78', unit: '%' });
    expect(percent(null)).toEqual({ value: '–', unit: '%' });
  });
});

test('headings have three digits, and 360 is 000', () => {
  expect([27.2, 0, 359.6, 360, -90].map(heading)).toEqual(['027', '000', '000', '000', '270']);
});

test('wind directions become the nearest of eight points', () => {
  expect([0, 44, 270, 338, 350, -45].map(compassPoint)).toEqual(['N', 'NE', 'W', 'N', 'N', 'NW']);
});

test('durations and ages', () => {
  expect([0, 71.6, 3_725, -4].map(duration)).toEqual(['0:00', '1:12', '1:02:05', '0:00']);
  expect([7.9, 120, 7_200].map(age)).toEqual(['7 s', '2 min', '2 h']);
});

test('coordinates carry their letters', () => {
  expect(coordinates({ latitudeDeg: 42.36382, longitudeDeg: -71.0559 })).toBe('42.36382 N 71.05590 W');
  expect(coordinates({ latitudeDeg: -33.9, longitudeDeg: 18.4 })).toBe('33.90000 S 18.40000 E');
});

test('UTC does not depend on the place', () => {
  expect(utcTime(Date.UTC(2026, 10, 22, 18, 23, 47))).toBe('18:23:47');
});
