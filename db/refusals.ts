import { Refusal } from '../preload/contract/errors.ts';

/** What PGlite throws when PostgreSQL reports an error. */
export interface SqlError extends Error {
  code: string;
  constraint?: string;
  column?: string;
  table?: string;
}

const CONFLICTS: Record<string, string> = {
  drones_pkey: 'A drone with this id is already registered. Choose another id.',
  drones_serial_number_unique:
    'A drone with this serial number is already registered. Check the serial number.',
  drones_mavlink_system_id_unique:
    'This MAVLink system id already belongs to a registered drone. Give one of the two another system id.',
  emergencies_pkey: 'This emergency is already recorded.',
  missions_pkey: 'This mission is already recorded.',
  no_fly_zones_pkey: 'This zone is already recorded.',
  dispatchers_pkey: 'This user name is already taken. Choose another one.',
  dispatchers_email_unique: 'This e-mail address already belongs to an account.',
};

const MISSING: Record<string, string> = {
  drones_base_station_exists: 'There is no base station with this id. Choose one from the list.',
  missions_emergency_exists: 'There is no such emergency.',
  missions_drone_exists: 'There is no drone with this id.',
  telemetry_mission_exists: 'There is no such mission to record telemetry for.',
  telemetry_drone_exists: 'There is no drone with this id to record telemetry for.',
  voice_transcripts_mission_exists: 'There is no such mission.',
  mission_events_mission_exists: 'There is no such mission.',
  weather_conditions_mission_exists: 'There is no such mission.',
  recovery_codes_dispatcher_exists: 'There is no account with this user name.',
  sessions_dispatcher_exists: 'There is no account with this user name.',
};

const INVALID: Record<string, string> = {
  no_fly_zones_polygon_valid:
    'The outline of the zone crosses or touches itself. Move its corners so that the lines between them do not cross.',
  no_fly_zones_times_in_order: 'The end must be later than the start.',
  no_fly_zones_altitude_range: 'The ceiling cannot be below the ground.',
  no_fly_zones_polygon_one_side:
    'The zone crosses the 180° meridian. Draw it as two zones, one on each side.',
  position_latitude_range: 'Latitude must be between -90 and 90 degrees.',
  position_longitude_range: 'Longitude must be between -180 and 180 degrees.',
  emergencies_call_timestamp_not_future: 'The time of the call lies in the future. Correct it.',
  missions_ambulance_arrival_time_not_future:
    'The time at which the ambulance arrived lies in the future. Correct it.',
  emergencies_victim_age_range: "The victim's age must be between 0 and 130 years.",
  emergencies_state_known: 'The state is a two-letter code, for example MA.',
  drones_mavlink_system_id_range: 'The MAVLink system id must be between 1 and 254.',
};

/** The rule a statement broke, as a refusal with a sentence; null: not an error that a statement can be blamed for. */
export function refusalOf(error: SqlError): Refusal | null {
  const constraint = error.constraint ?? '';
  switch (error.code) {
    case '23505':
      if (constraint === 'missions_one_unfinished_per_drone')
        return new Refusal('DRONE_BUSY', 'This drone already flies a mission. Choose another drone.');
      return new Refusal('CONFLICT', CONFLICTS[constraint] ?? `This record already exists (${constraint}).`);
    case '23503':
      return new Refusal(
        'NOT_FOUND',
        MISSING[constraint] ?? `A record that this one refers to is missing (${constraint}).`,
      );
    case '23514':
      return new Refusal(
        'INVALID_INPUT',
        INVALID[constraint] ??
          (constraint.endsWith('_not_future')
            ? `${fieldOf(constraint)} lies in the future. Correct it.`
            : `${fieldOf(constraint)} has a value that is not allowed.`),
      );
    case '23502':
      return new Refusal('INVALID_INPUT', `${fieldOf(`${error.table}_${error.column}`)} is missing.`);
    case '22001':
      return new Refusal('INVALID_INPUT', 'A text is longer than its field. Shorten it.');
    case '22003':
      return new Refusal('INVALID_INPUT', 'A number is larger than its field can hold. Check the figures.');
    case '22P02':
    case '22007':
    case '22008':
    case '22P05':
    case '22021':
      return new Refusal('INVALID_INPUT', 'A value is malformed. Check the record ids, times and texts.');
    case '42501':
      return lacksGrant(error)
        ? new Refusal('FORBIDDEN', 'Your account may not do this. Ask a supervisor.')
        : new Refusal(
            'FORBIDDEN',
            'This lies outside the states that you cover. Hand it to a dispatcher who covers them, or to a supervisor.',
          );
    case 'SR001':
      return new Refusal('MISSION_OVER', 'This mission is over and cannot be changed.');
    case 'SR003':
      return new Refusal('CONFLICT', 'The mission is already further on. Look at its present state.');
    case 'SR004':
      return new Refusal(
        'CONFLICT',
        'This is the last active administrator. Make somebody else an administrator first.',
      );
    case '53100':
      return storageFull();
    default:
      return null;
  }
}

/** A missing grant is a mistake of ours; a row that a policy refuses is not. PostgreSQL gives both the same code. */
export function lacksGrant(error: SqlError): boolean {
  return error.code === '42501' && !error.message.includes('row-level security');
}

/** The database's files are not what they should be: the person is led to a backup. */
export class DatabaseDamaged extends Refusal {
  /** What is wrong, as it goes on after "The database cannot be opened:"; or the whole sentence as it was said before. */
  constructor(what: string | { sentence: string }, options?: ErrorOptions) {
    super(
      'STORAGE_UNAVAILABLE',
      typeof what === 'object'
        ? what.sentence
        : `The database cannot be opened: ${what}. Start the station once more; if this stays, restore the newest backup. The damaged files are kept.`,
      options,
    );
  }
}

export function storageFull(): Refusal {
  return new Refusal(
    'STORAGE_FULL',
    'The disk is full. Nothing was saved. Free some space on the disk of the records.',
  );
}

export function storageUnavailable(cause?: unknown): Refusal {
  return new Refusal(
    'STORAGE_UNAVAILABLE',
    'The database does not answer. Nothing was saved. Fly with what is on screen, and restart the station when no drone is in the air.',
    { cause },
  );
}

/** PostgreSQL's classes of errors after which its own state is not to be trusted: I/O, internal, crash shutdown. */
export function losesTheEngine(error: unknown): boolean {
  return isSqlError(error) && /^(58|XX|57P)/.test(error.code);
}

export function isSqlError(error: unknown): error is SqlError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'severity' in error;
}

/** `drones_battery_range` → `Drones: battery`. */
function fieldOf(constraint: string): string {
  const words = constraint.replace(/_(range|known|form|whole|check|not_future)$/, '').replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
