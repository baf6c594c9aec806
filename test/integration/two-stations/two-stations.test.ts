import { expect, test } from 'vitest';
import { startTwoStations } from '../../../scripts/two-stations.ts';
import { complaintsAboutTwo, flyWithTwoStations } from '../../../scripts/two-stations-flight.ts';
import { complaintsAboutTwice, flyTwiceApart } from '../../../scripts/two-stations-twice.ts';

const SPEED = 10;

test('S14, case 3 of two people: a rescue without a network converges, both see each other, nobody flies a drone that another has, and what both flew apart is shown to both', async () => {
  const said: string[] = [];
  const stations = await startTwoStations({
    seed: '7',
    speed: SPEED,
    open: false,
    withSharedDrone: true,
    onProgress: (sentence) => void said.push(sentence),
  });
  try {
    const figures = await flyWithTwoStations(stations, SPEED, (sentence) => void said.push(sentence));
    expect({ complaints: complaintsAboutTwo(figures), figures }).toMatchObject({ complaints: [] });
    const twice = await flyTwiceApart(stations, (sentence) => void said.push(sentence));
    expect({ complaints: complaintsAboutTwice(twice), twice }).toMatchObject({ complaints: [] });
  } finally {
    await stations.stop();
  }
}, 240_000);
