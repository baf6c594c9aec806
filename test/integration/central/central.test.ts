import { afterAll, beforeAll } from 'vitest';
import { type CentralServer, startCentral } from '../../support/central-server.ts';
import { conflictCases } from './conflict-cases.ts';
import { faultCases } from './fault-cases.ts';
import { maintenanceCases, scheduleAtStart, scheduleCases } from './maintenance-cases.ts';
import { mergeCases } from './merge-cases.ts';
import { modelCases } from './model-cases.ts';
import { propertyCases } from './property-cases.ts';
import { pushCases } from './push-cases.ts';
import { sightCases } from './sight-cases.ts';

/** One server for all: PostgreSQL 15 behind PgBouncer. Every test has stations and records of its own. */
let server: CentralServer | null = null;
const central = (): CentralServer => {
  if (server === null) throw new Error('The server has not started.');
  return server;
};
beforeAll(async () => {
  server = await startCentral(2);
}, 120_000);
afterAll(() => server?.stop());

pushCases(central);
sightCases(central);
mergeCases(central);
conflictCases(central);
maintenanceCases(central);
modelCases(central);
propertyCases(central);
scheduleAtStart(central);
faultCases(central);
scheduleCases(central);
