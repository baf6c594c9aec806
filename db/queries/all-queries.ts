import { seedDemo } from '../demo-data.ts';
import type { ReadImplementation, WriteImplementation } from '../transactions.ts';
import { airspaceReads, airspaceWrites } from './airspace.ts';
import { auditReads, auditWrites } from './audit.ts';
import { emergencyReads, emergencyWrites } from './emergencies.ts';
import { fleetReads, fleetWrites } from './fleet.ts';
import { healthReads, healthWrites } from './health.ts';
import { missionReads, missionWrites } from './missions.ts';
import { modelReads, modelWrites } from './models.ts';
import { peopleReads, peopleWrites } from './people.ts';
import type { ReadQueries, WriteQueries } from './query-map.ts';
import { recordingReads, recordingWrites } from './recordings.ts';
import { recordsReads, recordsWrites } from './records.ts';
import { reportReads } from './reports.ts';
import { settingsReads, settingsWrites } from './settings.ts';
import { signInReads, signInWrites } from './sign-ins.ts';
import { syncLiveReads } from './sync-live.ts';
import { syncOutboxReads, syncOutboxWrites } from './sync-outbox.ts';
import { syncPulledReads, syncPulledWrites } from './sync-pulled.ts';
import { syncTelemetryWrites } from './sync-telemetry.ts';

export const readQueries: ReadImplementation<ReadQueries> = {
  ...airspaceReads,
  ...emergencyReads,
  ...fleetReads,
  ...healthReads,
  ...missionReads,
  ...modelReads,
  ...auditReads,
  ...peopleReads,
  ...signInReads,
  ...recordingReads,
  ...recordsReads,
  ...reportReads,
  ...syncOutboxReads,
  ...syncPulledReads,
  ...settingsReads,
  ...syncLiveReads,
};

export const writeQueries: WriteImplementation<WriteQueries> = {
  ...airspaceWrites,
  ...emergencyWrites,
  ...fleetWrites,
  ...healthWrites,
  ...missionWrites,
  ...modelWrites,
  ...auditWrites,
  ...peopleWrites,
  ...signInWrites,
  ...recordingWrites,
  ...recordsWrites,
  ...syncOutboxWrites,
  ...syncPulledWrites,
  ...syncTelemetryWrites,
  ...settingsWrites,
  seedDemo,
};
