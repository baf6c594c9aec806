import { firstOf } from '../../../scripts/station-client.ts';
import { startTwoStations } from '../../../scripts/two-stations.ts';

const PATIENCE_MS = 60_000;

/** A change that a person makes at one station until the page of another shows it, in milliseconds; sorted. */
export async function onlineChanges(rounds: number, seed: number): Promise<number[]> {
  const stations = await startTwoStations({
    ...{ seed: String(seed), speed: 1, open: false },
    onProgress: () => undefined,
  });
  try {
    const { north, south } = stations;
    const inStep = ({ phase }: { phase: string }): boolean => phase === 'UP_TO_DATE';
    for (const { client } of [north, south])
      await firstOf(client.sync.watch(), inStep, PATIENCE_MS, 'both are in step');
    const tookMs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const name = `Crane ${round}`;
      const seen = firstOf(
        south.client.airspace.watchZones(),
        (update) =>
          (update.kind === 'SNAPSHOT' ? update.zones : [update.zone]).some((zone) => zone.name === name),
        PATIENCE_MS,
        `South has ${name}`,
      );
      const startedMs = performance.now();
      await north.client.airspace.createZone(crane(name, round));
      await seen;
      tookMs.push(performance.now() - startedMs);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    return tookMs.sort((a, b) => a - b);
  } finally {
    await stations.stop();
  }
}

function crane(name: string, round: number) {
  const [latitudeDeg, longitudeDeg] = [42.4 + 0.001 * (round % 50), -71.2];
  const corner = (north: number, east: number) => ({
    latitudeDeg: latitudeDeg + north,
    longitudeDeg: longitudeDeg + east,
  });
  return {
    name,
    type: 'TEMPORARY' as const,
    corners: [corner(0, 0), corner(0, 0.0005), corner(0.0005, 0.0005), corner(0.0005, 0)],
    ...{ ceilingAglM: null, startsAtMs: null, endsAtMs: null, active: true },
    ...{ authority: null, authorityReference: null },
  };
}
