import type { Chance } from './chance.ts';
import type { SampleWeather } from './sample-mission.ts';

const YEAR_MS = 365.25 * 86_400_000;

/** The weather of a coast at 42° north, by the day of the year. */
export function sampleWeather(atMs: number, chance: Chance): SampleWeather {
  const share = (atMs % YEAR_MS) / YEAR_MS;
  // Coldest at the end of January, warmest half a year later.
  const temperatureC = chance.normal(11 - 12.5 * Math.cos(2 * Math.PI * (share - 0.07)), 4);
  const isFreezing = temperatureC < 1;
  const condition = chance.weighted({
    CLEAR: 52,
    CLOUDY: 30,
    RAIN: isFreezing ? 1 : 13,
    SNOW: isFreezing ? 12 : 0,
    FOG: 4,
  });
  const isWet = condition === 'RAIN' || condition === 'SNOW';
  return {
    ...{ condition, temperatureC },
    windSpeedMps: Math.min(16, Math.exp(chance.normal(1.35, 0.45))),
    windFromDeg: Math.round(chance.normal(270, 70) + 720) % 360,
    precipitationMm: isWet ? chance.between(0.2, 6) : 0,
    visibilityM: condition === 'FOG' ? chance.whole(300, 1_500) : chance.whole(isWet ? 2_500 : 9_000, 16_000),
  };
}
