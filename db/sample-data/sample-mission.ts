import type { MissionEventType } from '../../preload/contract/missions.ts';
import type { Chance } from './chance.ts';
import type { SampleDispatcher, SampleDrone } from './city.ts';
import type { Place } from './ground.ts';

export const CRUISE_HEIGHT_M = 60;
/** Why flights are broken off, how often, and as what the call is closed then. */
export const ABORTS = {
  'Ambulance on scene': { weight: 40, closed: 'AMBULANCE_ON_SCENE' },
  'Not an arrest': { weight: 25, closed: 'NOT_AN_ARREST' },
  Weather: { weight: 15, closed: 'WEATHER' },
  'Aircraft nearby': { weight: 10, closed: 'NO_AIRSPACE_APPROVAL' },
  'Drone behaves oddly': { weight: 10, closed: 'OTHER' },
} as const;

export interface SampleEmergency {
  emergencyId: string;
  type: 'cardiac_arrest' | 'respiratory_arrest' | 'other';
  calledAtMs: number;
  place: Place;
  address: string;
  callerOnScene: boolean;
  bystander: boolean;
  language: string;
  age: number;
  words: string;
  phone: string;
  centerId: string;
  closed: { atMs: number; reason: string; byDispatcherId: string } | null;
}

export interface SampleEvent {
  eventId: string;
  type: MissionEventType;
  atMs: number;
  source: 'DRONE' | 'STATION' | 'DISPATCHER';
  sentence: string;
  data: Record<string, string | number | boolean> | null;
}

/** When each part of a flight began, ms since the launch. An aborted flight turns before it arrives. */
export interface FlightTimes {
  takeoffMs: number;
  cruiseMs: number;
  arrivedMs: number;
  landedMs: number;
  leftMs: number;
  homeMs: number;
  endMs: number;
}

export interface SampleMission {
  missionId: string;
  index: number;
  emergency: SampleEmergency;
  drone: SampleDrone;
  dispatcher: SampleDispatcher;
  launchedAtMs: number;
  times: FlightTimes;
  /** The share of the way out at which it turned round; 1: it arrived. */
  turnedAt: number;
  abortReason: keyof typeof ABORTS | null;
  estimatedEtaS: number;
  groundSpeedMps: number;
  overrideReason: string | null;
  riskScore: number;
  landingConfidence: number;
  landedOffM: number;
  outcome: SampleOutcome;
  weather: SampleWeather;
  chance: Chance;
}

export interface SampleOutcome {
  delivered: boolean;
  bystanderUsedAed: boolean | null;
  shockDelivered: boolean | null;
  ambulanceArrivedAtMs: number | null;
  patientOutcome: 'SURVIVED' | 'TRANSPORTED' | 'DECEASED' | 'UNKNOWN' | null;
  /** Null: nobody has recorded it yet. */
  recordedAtMs: number | null;
}

export interface SampleWeather {
  condition: 'CLEAR' | 'CLOUDY' | 'RAIN' | 'SNOW' | 'FOG';
  temperatureC: number;
  windSpeedMps: number;
  windFromDeg: number;
  precipitationMm: number;
  visibilityM: number;
}
