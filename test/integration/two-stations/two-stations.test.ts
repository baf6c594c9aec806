import { expect, test } from 'vitest';
import { startTwoStations } from '../../../scripts/two-stations.ts';
import { complaintsAboutTwo, flyWithTwoStations } from '../../../scripts/two-stations-flight.ts';

const SPEED = 10;

test('S14, case 3 of two people: a rescue without a network converges, both see each other, and nobody flies twice', async () => {
  const said: string[] = [];
  const stations = await startTwoStations({
    seed: '7',
    speed: SPEED,
    open: false,
    onProgress: (sentence) => void said.push(sentence),
  });
  try {
    const figures = await flyWithTwoStations(stations, SPEED, (sentence) => void said.push(sentence));
    expect({ complaints: complaintsAboutTwo(figures), figures }).toMatchObject({ complaints: [] });
  } finally {
    await stations.stop();
  }
}, 240_000);
