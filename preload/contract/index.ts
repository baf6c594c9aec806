import { airspace } from './airspace.ts';
import { alerts } from './alerts.ts';
import { dispatch } from './dispatch.ts';
import { emergencies } from './emergencies.ts';
import { fleet } from './fleet.ts';
import { health } from './health.ts';
import { links } from './links.ts';
import { missions } from './missions.ts';
import { models } from './models.ts';
import { people } from './people.ts';
import { records } from './records.ts';
import { review } from './review.ts';
import { session } from './session.ts';
import { sync } from './sync.ts';
import { system } from './system.ts';
import { vehicleTools } from './vehicle-tools.ts';

/** The one contract between window and station. */
export const contract = {
  session,
  system,
  fleet,
  alerts,
  airspace,
  emergencies,
  dispatch,
  missions,
  health,
  models,
  links,
  people,
  records,
  review,
  vehicleTools,
  sync,
};
