import type { EarlierFlights } from '../../../preload/contract/health.ts';
import { DoorBrokenOff } from '../health/door-test.ts';
import { FLIGHTS_TO_COMPARE } from '../inference/earlier-flights.ts';
import { latestFeed, noteAfter, permitted, signedIn } from './implementer.ts';
import type { Services } from './services.ts';

const PACE_MS = 500;
const DUE_PACE_MS = 1_000;

const os = signedIn.health;
const maintain = permitted('maintain_drones').health;

export const healthCalls = {
  watch: os.watch.handler(({ context, context: { services }, input, signal }) =>
    latestFeed(context, signal, PACE_MS, {
      current: () => ({ check: services.health.current(input.droneId) }),
      subscribe: (changed) => services.health.subscribe(changed),
    }),
  ),
  due: os.due.handler(({ context, context: { services }, signal }) =>
    latestFeed(context, signal, DUE_PACE_MS, {
      async current() {
        const due = await services.healthRecords.due();
        const open = services.health.underWay();
        const drones = due.map((drone) => ({ ...drone, underWay: open.includes(drone.droneId) }));
        return { drones };
      },
      subscribe(changed) {
        // A check tells of every value that it measures: here only its beginning and its end matter.
        let known = services.health.underWay().join();
        const leave = [
          services.roster.subscribe(changed),
          services.health.subscribe(() => {
            const now = services.health.underWay().join();
            if (now === known) return;
            known = now;
            changed();
          }),
        ];
        return () => {
          for (const each of leave) each();
        };
      },
    }),
  ),
  start: maintain.start.handler(({ context: { services, person }, input }) =>
    services.health.start(input.droneId, person),
  ),
  discard: maintain.discard.handler(({ context: { services }, input }) => {
    services.health.discard(input.droneId);
    return {};
  }),
  setManual: maintain.setManual.handler(({ context: { services, person }, input }) => {
    services.health.setManual(input.droneId, input, person);
    return {};
  }),
  keepNote: maintain.keepNote.handler(({ context: { services, person }, input }) => {
    services.health.keepNote(input.droneId, input.itemId, input.note, person);
    return {};
  }),
  addPhoto: maintain.addPhoto.handler(({ context: { services }, input }) => {
    services.health.addPhoto(input.droneId, input);
    return {};
  }),
  removePhoto: maintain.removePhoto.handler(({ context: { services }, input }) => {
    services.health.removePhoto(input.droneId, input.photoId);
    return {};
  }),
  testDoor: maintain.testDoor.handler(async ({ context, context: { services, person }, input }) => {
    const { droneId, movement, clear } = input;
    try {
      await services.health.testDoor(droneId, movement, clear);
    } catch (error) {
      if (error instanceof DoorBrokenOff) {
        const { towards = null, command = null, sensor = null } = error.lastKnown ?? {};
        const known = { movement, towards, command, sensor, sentence: error.message };
        noteAfter(context, person, 'DOOR_TEST_BROKEN_OFF', droneId, known);
      }
      throw error;
    }
    noteAfter(context, person, 'DOOR_TESTED', droneId, { movement });
    return {};
  }),
  testMotor: maintain.testMotor.handler(async ({ context, context: { services, person }, input }) => {
    const { droneId, motor, propellersOff } = input;
    await services.health.testMotor(droneId, motor, propellersOff);
    noteAfter(context, person, 'MOTOR_TESTED', droneId, { motor });
    return {};
  }),
  readParameters: maintain.readParameters.handler(async ({ context: { services }, input }) => {
    await services.health.readParameters(input.droneId);
    return {};
  }),
  sign: maintain.sign.handler(({ context: { services, person }, input }) =>
    services.health.sign(input, person),
  ),
  history: os.history.handler(async ({ context: { services }, input }) => ({
    checks: await services.healthRecords.history(input),
  })),
  photos: os.photos.handler(async ({ context: { services }, input }) => ({
    photos: [
      ...(services.health.photosOf(input.healthCheckId) ??
        (await services.healthRecords.photos(input.healthCheckId))),
    ],
  })),
  checklists: os.checklists.handler(async ({ context: { services } }) => ({
    checklists: await services.healthRecords.checklists(),
  })),
  saveChecklist: maintain.saveChecklist.handler(({ context: { services, person }, input }) =>
    services.health.saveChecklist(input, person),
  ),
  baselines: os.baselines.handler(async ({ context: { services } }) => ({
    baselines: await services.healthRecords.baselines(),
  })),
  approveBaseline: maintain.approveBaseline.handler(({ context: { services, person }, input }) =>
    services.health.approveBaseline(input.droneId, person),
  ),
  baselineDifferences: os.baselineDifferences.handler(async ({ context: { services }, input }) => ({
    differences: await services.health.baselineDifferences(input.droneId),
  })),
  earlierFlights: os.earlierFlights.handler(({ context: { services }, input }) =>
    earlierFlightsOf(services, input.droneId),
  ),
  forgetEarlierFlights: maintain.forgetEarlierFlights.handler(
    async ({ context, context: { services, person }, input: { droneId } }) => {
      const flights = await services.inference.earlierFlights.forget(droneId);
      noteAfter(context, person, 'EARLIER_FLIGHTS_FORGOTTEN', droneId, { flights });
      return earlierFlightsOf(services, droneId);
    },
  ),
};

function earlierFlightsOf({ inference }: Services, droneId: string): EarlierFlights {
  return { flights: inference.earlierFlights.count(droneId), needed: FLIGHTS_TO_COMPARE };
}
