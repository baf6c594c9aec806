import { type Chance, chanceOf } from './chance.ts';
import {
  madeUpAddress,
  type SampleBase,
  type SampleDispatcher,
  type SampleDrone,
  type SampleSize,
} from './city.ts';
import { distanceM, type Place } from './ground.ts';
import { sampleOutcome } from './outcome.ts';
import {
  ABORTS,
  CRUISE_HEIGHT_M,
  type FlightTimes,
  type SampleEmergency,
  type SampleMission,
} from './sample-mission.ts';
import { sampleWeather } from './weather.ts';
import type { ZoneIndex } from './zones.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** A drone does not go further than its coverage radius of 5 miles; the sample stays well inside. */
const REACH_M = 5_500;
const TURNAROUND_MS = 45 * 60_000;
/** Arrests by hour of the day: most in the morning, a second rise in the early evening, few at night. */
const HOURS = [
  22, 19, 17, 16, 17, 22, 34, 48, 60, 64, 61, 55, 51, 48, 46, 46, 48, 52, 54, 50, 45, 40, 34, 27,
] as const;
const CLOSED_UNFLOWN = { NOT_AN_ARREST: 5, AMBULANCE_ON_SCENE: 4, CHILD_UNDER_8: 1, TRAUMA: 2, WEATHER: 2 };
const WORDS = [
  'He fell down and does not answer.',
  'She is not breathing, her lips are blue.',
  'My father collapsed in the kitchen.',
  'Somebody lies on the platform, no pulse.',
  'He was running and dropped.',
];

interface City {
  size: SampleSize;
  bases: readonly SampleBase[];
  drones: readonly SampleDrone[];
  dispatchers: readonly SampleDispatcher[];
  zones: ZoneIndex;
}

/** Months of calls, oldest first, and the flights to them. Counts the flights of each drone and person as it goes. */
export function sampleHistory(
  city: City,
  nowMs: number,
  seed: number,
): { emergencies: SampleEmergency[]; missions: SampleMission[] } {
  const emergencies: SampleEmergency[] = [];
  const missions: SampleMission[] = [];
  const times = callTimes(city.size, nowMs, chanceOf(seed).fork(-1));
  for (const [index, calledAtMs] of times.entries()) {
    const chance = chanceOf(seed).fork(index);
    const dispatcher = chance.pick(city.dispatchers);
    const emergency = call(city, calledAtMs, dispatcher, chance);
    emergencies.push(emergency);
    const drone = chance.happens(0.88) ? freeDrone(city, emergency) : null;
    if (drone === null) close(emergency, chance.weighted(CLOSED_UNFLOWN), 2 * 60_000, dispatcher);
    else missions.push(flight({ index, emergency, drone, dispatcher, chance, nowMs }));
  }
  return { emergencies, missions };
}

function callTimes(size: SampleSize, nowMs: number, chance: Chance): number[] {
  const weights = Object.fromEntries(HOURS.map((weight, hour) => [String(hour), weight]));
  const newestMs = nowMs - 2 * HOUR_MS;
  return Array.from({ length: size.emergencies }, () => {
    // The hours are those of the place: five behind UTC.
    const day = Math.floor((nowMs - chance.between(0, size.days) * DAY_MS) / DAY_MS);
    const hour = Number(chance.weighted(weights)) + 5;
    const atMs = Math.round(day * DAY_MS + hour * HOUR_MS + chance.between(0, HOUR_MS));
    return atMs > newestMs ? atMs - 2 * DAY_MS : atMs;
  }).sort((one, other) => one - other);
}

function call(
  { bases, zones }: City,
  calledAtMs: number,
  dispatcher: SampleDispatcher,
  chance: Chance,
): SampleEmergency {
  const place = sceneNear(bases, zones, chance);
  return {
    emergencyId: chance.id(calledAtMs),
    type: chance.weighted({ cardiac_arrest: 88, respiratory_arrest: 8, other: 4 }),
    ...{ calledAtMs, place, address: madeUpAddress(chance) },
    callerOnScene: chance.happens(0.9),
    bystander: chance.happens(0.72),
    language: chance.weighted({ en: 82, es: 9, zh: 3, pt: 3, vi: 1, ht: 2 }),
    age: Math.max(9, Math.min(99, Math.round(chance.normal(66, 15)))),
    words: chance.pick(WORDS),
    phone: `+1 617 555 01${String(chance.whole(0, 99)).padStart(2, '0')}`,
    centerId: dispatcher.centerId,
    closed: null,
  };
}

/** Around some base, with a clear way from it. */
function sceneNear(bases: readonly SampleBase[], zones: ZoneIndex, chance: Chance): Place {
  for (;;) {
    const base = chance.pick(bases);
    const angle = chance.between(0, 2 * Math.PI);
    const awayM = Math.min(REACH_M, Math.max(250, Math.abs(chance.normal(1_300, 1_100))));
    const place = {
      eastM: base.place.eastM + awayM * Math.sin(angle),
      northM: base.place.northM + awayM * Math.cos(angle),
    };
    if (zones.isClear(base.place, place, CRUISE_HEIGHT_M)) return place;
  }
}

/** The nearest drone that stands ready, with a clear way. */
function freeDrone({ drones, zones }: City, { place, calledAtMs }: SampleEmergency): SampleDrone | null {
  let best: { drone: SampleDrone; awayM: number } | null = null;
  for (const drone of drones) {
    if (drone.freeAtMs > calledAtMs) continue;
    const awayM = distanceM(drone.base.place, place);
    if (awayM > REACH_M || (best !== null && awayM >= best.awayM)) continue;
    if (zones.isClear(drone.base.place, place, CRUISE_HEIGHT_M)) best = { drone, awayM };
  }
  return best?.drone ?? null;
}

function close(
  emergency: SampleEmergency,
  reason: string,
  afterMs: number,
  { dispatcherId }: SampleDispatcher,
): void {
  emergency.closed = { atMs: emergency.calledAtMs + afterMs, reason, byDispatcherId: dispatcherId };
}

function flight(parts: {
  index: number;
  emergency: SampleEmergency;
  drone: SampleDrone;
  dispatcher: SampleDispatcher;
  chance: Chance;
  nowMs: number;
}): SampleMission {
  const { index, emergency, drone, dispatcher, chance, nowMs } = parts;
  const launchedAtMs = emergency.calledAtMs + Math.round(1_000 * Math.max(35, chance.normal(82, 22)));
  const weather = sampleWeather(launchedAtMs, chance);
  const groundSpeedMps = Math.max(8, 15 - 0.25 * weather.windSpeedMps + chance.normal(0, 0.6));
  const awayM = distanceM(drone.base.place, emergency.place);
  const isBad = weather.condition === 'FOG' || weather.condition === 'SNOW';
  const abortReason = chance.happens(isBad ? 0.18 : 0.06) ? abortWord(isBad, chance) : null;
  const turnedAt = abortReason === null ? 1 : chance.between(0.15, 0.9);
  const times = flightTimes({ awayM, groundSpeedMps, turnedAt, aborted: abortReason !== null, chance });
  const delivered = abortReason === null && chance.happens(0.94);
  const arrivedAtMs = launchedAtMs + times.arrivedMs;
  const mission: SampleMission = {
    missionId: chance.id(launchedAtMs),
    ...{ index, emergency, drone, dispatcher, launchedAtMs, times, turnedAt, abortReason },
    estimatedEtaS: Math.round((times.cruiseMs / 1_000 + awayM / groundSpeedMps) * chance.normal(1, 0.05)),
    groundSpeedMps,
    overrideReason: chance.happens(0.012) ? 'The only drone within reach; the wind falls.' : null,
    riskScore: chance.whole(4, 38) + (isBad ? 30 : 0),
    landingConfidence: Math.min(0.99, Math.max(0.55, chance.normal(0.88, 0.07))),
    landedOffM: Math.abs(chance.normal(2.4, 2.2)),
    outcome: sampleOutcome({ emergency, delivered, abortReason, arrivedAtMs, nowMs, chance }),
    weather,
    chance,
  };
  count(mission);
  return mission;
}

function abortWord(isBad: boolean, chance: Chance): keyof typeof ABORTS {
  if (isBad && chance.happens(0.7)) return 'Weather';
  return chance.weighted({
    'Ambulance on scene': ABORTS['Ambulance on scene'].weight,
    'Not an arrest': ABORTS['Not an arrest'].weight,
    Weather: ABORTS.Weather.weight,
    'Aircraft nearby': ABORTS['Aircraft nearby'].weight,
    'Drone behaves oddly': ABORTS['Drone behaves oddly'].weight,
  });
}

function flightTimes(parts: {
  awayM: number;
  groundSpeedMps: number;
  turnedAt: number;
  aborted: boolean;
  chance: Chance;
}): FlightTimes {
  const { awayM, groundSpeedMps, turnedAt, aborted, chance } = parts;
  const takeoffMs = Math.round(chance.between(5_000, 9_000));
  const cruiseMs = takeoffMs + Math.round(chance.between(16_000, 22_000));
  const legMs = Math.round((awayM * turnedAt * 1_000) / groundSpeedMps);
  const arrivedMs = cruiseMs + legMs;
  const landedMs = aborted ? arrivedMs : arrivedMs + Math.round(chance.between(32_000, 44_000));
  const leftMs = aborted ? arrivedMs : landedMs + Math.round(chance.between(45_000, 240_000));
  const climbMs = aborted ? 0 : 20_000;
  const homeMs = leftMs + climbMs + Math.round(legMs * chance.between(0.95, 1.1));
  return { takeoffMs, cruiseMs, arrivedMs, landedMs, leftMs, homeMs, endMs: homeMs + 36_000 };
}

function count({
  drone,
  dispatcher,
  emergency,
  launchedAtMs,
  times,
  outcome,
  abortReason,
}: SampleMission): void {
  drone.missions++;
  drone.flownMs += times.endMs;
  drone.lastMissionAtMs = launchedAtMs;
  drone.freeAtMs = launchedAtMs + times.endMs + TURNAROUND_MS;
  dispatcher.launches++;
  if (outcome.delivered) dispatcher.successes++;
  // Nobody else was sent in the sample: the call of a flight that was broken off is closed, not left waiting.
  if (abortReason !== null)
    close(
      emergency,
      ABORTS[abortReason].closed,
      launchedAtMs + times.endMs - emergency.calledAtMs,
      dispatcher,
    );
}
