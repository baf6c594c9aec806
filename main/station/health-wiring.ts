import { Refusal } from '../../preload/contract/errors.ts';
import type { DroneRoster } from './fleet/drone-roster.ts';
import { HealthDesk, type HealthStore } from './health/health-desk.ts';
import type { HealthVehicle } from './health/health-vehicle.ts';
import { LeftDoors } from './health/left-doors.ts';
import type { ModelMatches } from './health/model-matches.ts';
import type { StationInference } from './inference-wiring.ts';
import type { Frame } from './mavlink/frame.ts';
import { RADIO_STATUS, SKYRESCUE_INFERENCE_STATUS } from './mavlink/generated/messages.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Random } from './ports/random.ts';
import type { VehicleTools } from './vehicle/tools/vehicle-tools.ts';

/** The detector's scores are in units of its limit. */
const ANOMALY_LIMIT = 1;

/** SiK radios speak under a system id of their own, whatever vehicle is behind them. */
const RADIO_SYSTEM_ID = 51;

interface HealthLinks {
  onFrame(listener: (frame: Frame, path: { readonly linkId: string }) => void): () => void;
  pathInUse(systemId: number): { readonly linkId: string } | null;
}

export function createStationHealth(parts: {
  store: HealthStore;
  roster: Pick<DroneRoster, 'find' | 'refresh'>;
  links: HealthLinks;
  toolsOf: (systemId: number) => VehicleTools | null;
  anomalies: Pick<StationInference['anomalies'], 'reading'>;
  lastFlights: StationInference['lastFlights'];
  models: Pick<ModelMatches, 'of' | 'forget'>;
  /** The drone flies a mission of this or another station: a sentence; null: none. */
  onMission: (droneId: string) => string | null;
  clock: Clock;
  random: Random;
  log: Log;
}): HealthDesk {
  const { store, roster, links, toolsOf, anomalies, lastFlights, models, onMission, clock, random } = parts;
  return new HealthDesk({
    store,
    droneOf: (droneId) => roster.find(droneId),
    vehicleOf(systemId) {
      const tools = toolsOf(systemId);
      return tools === null ? null : benchVehicle(systemId, tools, links);
    },
    models,
    anomalyOf(droneId, systemId) {
      const reading = anomalies.reading(systemId);
      if (reading === null || reading.score === null) {
        // On the bench nothing is scored: what its last flight was like is what is known.
        const flight = lastFlights.of(droneId);
        return flight && { score: flight.score, limit: ANOMALY_LIMIT, words: flight.sentence ?? '' };
      }
      const channels = reading.channels.map(({ channel }) => channel.toLowerCase()).join(', ');
      return { score: reading.score, limit: ANOMALY_LIMIT, words: `Unusual: ${channels}.` };
    },
    onMission,
    doors: new LeftDoors({ store, clock, log: parts.log }),
    async signed(droneId) {
      lastFlights.checked(droneId);
      await roster.refresh();
    },
    clock,
    random,
  });
}

function benchVehicle(systemId: number, tools: VehicleTools, links: HealthLinks): HealthVehicle {
  let modelHash: string | null = null;
  return {
    state: () => tools.aircraft.state(),
    // Of an earlier contact they prove nothing of today.
    parameters: () =>
      tools.held?.verified !== true
        ? null
        : new Map(tools.held.parameters.map(({ name, value }) => [name, value])),
    modelHash: () => modelHash,
    requestMessages: (wishes) => tools.bench.requestMessages(wishes),
    restoreRates: (messageIds) => tools.bench.restoreRates(messageIds),
    runPreArmChecks: () => tools.bench.runPreArmChecks(),
    testMotor: (order) => tools.bench.testMotor(order),
    moveDoor: (drive, open, onProgress) => tools.bench.moveDoor(drive, open, onProgress),
    async readParameters(onProgress) {
      const outcome = await tools.readParameters({ onProgress });
      if (outcome.state !== 'DONE') throw new Refusal('COMMAND_UNKNOWN', outcome.sentence);
    },
    onFrame: (listener) =>
      links.onFrame((frame, { linkId }) => {
        const ofItsRadio =
          frame.messageId === RADIO_STATUS.id &&
          frame.systemId === RADIO_SYSTEM_ID &&
          links.pathInUse(systemId)?.linkId === linkId;
        if (frame.systemId !== systemId && !ofItsRadio) return;
        if (frame.messageId === SKYRESCUE_INFERENCE_STATUS.id)
          modelHash = hashOf(SKYRESCUE_INFERENCE_STATUS.read(frame).modelHash);
        listener(frame);
      }),
  };
}

/** All zeros: the drone does not know it. */
function hashOf(bytes: readonly number[]): string | null {
  return bytes.some((byte) => byte !== 0) ? Buffer.from(bytes).toString('hex') : null;
}
