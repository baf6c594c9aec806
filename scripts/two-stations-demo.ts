import { createInterface } from 'node:readline';
import { startTwoStations, type TwoStations } from './two-stations.ts';
import { complaintsAboutTwo, flyWithTwoStations } from './two-stations-flight.ts';

interface TwoStationDemo {
  once: boolean;
  seed: string;
  speed: number;
  open: boolean;
}

/** A centre and two stations: to look at, or with `once` as a script that says what two people would see. */
export async function twoStationDemo({ once, seed, speed, open }: TwoStationDemo): Promise<number> {
  const say = (sentence: string): void => console.error(sentence);
  let stations: TwoStations | null = null;
  try {
    stations = await startTwoStations({ seed, speed, open, onProgress: say });
    if (!once) return await showStations(stations);
    const figures = await flyWithTwoStations(stations, speed, say);
    const complaints = complaintsAboutTwo(figures);
    console.log(JSON.stringify(figures));
    for (const complaint of complaints) console.error(complaint);
    return complaints.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await stations?.stop();
  }
}

async function showStations({ north, south }: TwoStations): Promise<number> {
  console.log(`
Two stations and a centre are running, each with drones of its own.
  North:    ${north.url}
            the sign-in page fills in the demo account for you
  South:    ${south.url}
            sign in as ${south.account.dispatcherId}, password ${south.account.password}
  Network:  type   north   or   south   to pull a station's cable, once more to put it back
  Look at:  System > Sync; launch a drone at North and watch it at South
  Stop:     Ctrl+C`);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const station = [north, south].find(({ stationId }) => stationId === line.trim().toLowerCase());
    if (station === undefined) return console.log('Type north or south.');
    const { network } = station;
    if (network.isCut()) network.join();
    else network.cut();
    console.log(`${station.stationId}: ${network.isCut() ? 'the cable is pulled' : 'the cable is back'}`);
  });
  await Promise.race([
    new Promise<void>((resolve) => process.once('SIGINT', () => resolve())),
    new Promise<void>((resolve) => process.once('SIGTERM', () => resolve())),
    ...[north, south].map(
      ({ program }) => new Promise<void>((resolve) => program.child.once('exit', () => resolve())),
    ),
  ]);
  lines.close();
  return 0;
}
