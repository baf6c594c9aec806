import { airspaceCalls } from './airspace-calls.ts';
import { dispatchCalls, emergencyCalls } from './dispatch-calls.ts';
import { fleetCalls } from './fleet-calls.ts';
import { healthCalls } from './health-calls.ts';
import { alsoInRecovery, latestFeed, signedIn } from './implementer.ts';
import { linkCalls } from './link-calls.ts';
import { missionCalls } from './mission-calls.ts';
import { modelCalls } from './model-calls.ts';
import { peopleCalls } from './people-calls.ts';
import { recordsCalls } from './records-calls.ts';
import { reviewCalls } from './review-calls.ts';
import { sessionCalls } from './session-calls.ts';
import { syncCalls } from './sync-calls.ts';
import { vehicleToolsCalls } from './vehicle-tools-calls.ts';

const ALERT_PACE_MS = 250;
const STATUS_PACE_MS = 1_000;

/** Implements the whole contract: who calls, may they, then the service. No decision of the domain is taken here. */
export const router = alsoInRecovery.router({
  session: sessionCalls,
  fleet: fleetCalls,
  airspace: airspaceCalls,
  emergencies: emergencyCalls,
  dispatch: dispatchCalls,
  missions: missionCalls,
  health: healthCalls,
  models: modelCalls,
  people: peopleCalls,
  review: reviewCalls,
  records: recordsCalls,
  sync: syncCalls,
  links: linkCalls,
  vehicleTools: vehicleToolsCalls,
  alerts: {
    watch: signedIn.alerts.watch.handler(({ context, signal }) =>
      latestFeed(context, signal, ALERT_PACE_MS, {
        current: async () => ({ alerts: await context.services.alerts.list(context.person) }),
        subscribe: context.services.alerts.subscribe,
      }),
    ),
    acknowledge: signedIn.alerts.acknowledge.handler(async ({ context: { services, person }, input }) => {
      await services.alerts.acknowledge(input.alertId, person);
      return {};
    }),
  },
  system: {
    watch: signedIn.system.watch.handler(({ context, signal }) =>
      latestFeed(context, signal, 0, {
        current: () => context.services.systemStatus(),
        subscribe: (changed) => context.services.clock.every(STATUS_PACE_MS, changed),
      }),
    ),
  },
});
