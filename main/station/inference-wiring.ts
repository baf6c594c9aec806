import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnomalyWatch, watchAnomalies } from './inference/anomaly-watch.ts';
import { EarlierFlights } from './inference/earlier-flights.ts';
import { LastFlights } from './inference/last-flights.ts';
import { createModelDesk, type ModelDesk } from './inference/model-desk.ts';
import type { StartModelProcess } from './inference/model-process.ts';
import { ModelWatch } from './inference/model-watch.ts';
import type { LinkSet } from './link/link-set.ts';
import type { Alerts } from './ports/alerts.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Random } from './ports/random.ts';
import type { Store } from './store/store.ts';

/** Models at the station: scores of what flies, and files that drones should carry. */
export interface StationInference {
  readonly anomalies: Pick<AnomalyWatch, 'detector' | 'readings' | 'reading'>;
  /** What the detector made of each drone's last flight. */
  readonly lastFlights: Pick<LastFlights, 'of' | 'unchecked' | 'checked'>;
  /** What each drone's flights are compared with. */
  readonly earlierFlights: Pick<EarlierFlights, 'count' | 'forget'>;
  readonly desk: Omit<ModelDesk, 'subscribe'>;
  /** The model that a drone says it runs; null: it said nothing yet. */
  reportedModel(systemId: number): ReturnType<ModelWatch['reported']>;
  close(): Promise<void>;
}

export function createStationInference(parts: {
  links: Pick<LinkSet, 'onFrame'>;
  store: Store;
  nameOf: (systemId: number) => string | null;
  /** The vehicles that are shown are those of a recording: no score of a live one belongs to them. */
  inReplay: () => boolean;
  startModelProcess: StartModelProcess;
  /** Holds the station's own models. */
  modelsDirectory: string;
  dataDirectory: string;
  alerts: Alerts;
  clock: Clock;
  random: Random;
  log: Log;
}): StationInference {
  const { store, nameOf, alerts, clock, random, log, startModelProcess: startProcess } = parts;
  const lastFlights = new LastFlights({ store, alerts, clock, log });
  const earlierFlights = new EarlierFlights({ store, clock, log });
  const anomalies = watchAnomalies({
    earlierFlights,
    flightEnded(droneId, flight) {
      lastFlights.ended(droneId, flight);
      earlierFlights.learn(droneId, flight, lastFlights.unchecked(droneId) !== null);
    },
    ...{ startProcess, nameOf, alerts, clock, log },
    readModel: () => readFile(join(parts.modelsDirectory, 'telemetry-anomaly.onnx')),
  });
  const watch = new ModelWatch({ read: store.read, nameOf, alerts, clock, log });
  const desk = createModelDesk({
    ...{ store, clock, random, startProcess },
    folder: join(parts.dataDirectory, 'models'),
  });
  const stops = [
    desk.subscribe(() => void watch.refresh()),
    parts.links.onFrame((frame) => {
      anomalies.accept(frame);
      watch.accept(frame);
    }),
  ];
  return {
    anomalies: {
      detector: () => anomalies.detector(),
      readings: () => (parts.inReplay() ? [] : anomalies.readings()),
      reading: (systemId) => (parts.inReplay() ? null : anomalies.reading(systemId)),
    },
    lastFlights,
    earlierFlights,
    desk,
    reportedModel: (systemId) => watch.reported(systemId),
    async close() {
      for (const stop of stops) stop();
      watch.close();
      await anomalies.close();
      await Promise.all([lastFlights.settled(), earlierFlights.settled()]);
    },
  };
}
