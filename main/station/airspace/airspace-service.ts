import type { Zone, ZoneInput } from '../../../preload/contract/airspace.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { type Random, uuidV7 } from '../ports/random.ts';
import type { Store } from '../store/store.ts';
import {
  type ClearRoute,
  DEFAULT_MARGIN_M,
  planClearRoute,
  type RouteQueries,
  type RouteRequest,
} from './clear-route.ts';
import { sharedWhilePending } from './shared-reads.ts';
import { checkedCorners, forbidsHeight, isInForce } from './zone-shape.ts';
import { type ActiveRoute, conflictsOf, fenceRings } from './zones-near.ts';

export interface AirspacePorts {
  store: {
    read: Pick<Store['read'], 'allZones' | 'obstacles' | 'nearestZone' | 'zonesAtPoint'>;
    as(dispatcherId: string): { write: Pick<Store['write'], 'createZone' | 'updateZone'> };
  };
  clock: Clock;
  random: Random;
  alerts: Alerts;
  log: Log;
  /** Routes of every mission that is not over. */
  activeRoutes(): readonly ActiveRoute[];
}

export type TimelessRouteRequest = Omit<RouteRequest, 'fromMs' | 'untilMs'> &
  Partial<Pick<RouteRequest, 'fromMs' | 'untilMs'>>;

export interface ZoneConflict {
  missionId: string;
  droneId: string;
  zoneId: string;
  zoneName: string;
  /** 0: the route runs through the zone. */
  clearanceM: number;
  sentence: string;
}

/** Above most buildings, below the 120 m of 14 CFR 107.51. */
const DEFAULT_CRUISE_ALTITUDE_RELATIVE_HOME_M = 60;
/** How often validity times and flying routes are looked at. A change of a zone is looked at immediately. */
const TICK_MS = 250;
/** ArduPilot keeps its fence in a few kilobytes of storage: 70 vertices fit on every board. */
const FENCE = { reachM: 5_000, maximumVertices: 70, verticesPerZone: 12 };
/** No flight lasts longer: zones that begin within this time count for a flight that begins now. */
const FLIGHT_HORIZON_MS = 45 * 60_000;

/**
 * The no-fly zones as the station knows them: the list and its changes, routes that are proven clear, conflicts with
 * what is flying. State: a copy of all zones, the only other owner being the database.
 */
export class Airspace {
  readonly #ports: AirspacePorts;
  readonly #routeQueries: RouteQueries;
  readonly #zones = new Map<string, Zone>();
  readonly #watchers = new Set<(zone: Zone) => void>();
  readonly #conflictListeners = new Set<(conflict: ZoneConflict) => void>();
  /** Conflicts that hold now, by the cause of their alert. */
  #conflicts = new Set<string>();
  #revision = 0;
  #stopTicking: (() => void) | null = null;

  constructor(ports: AirspacePorts) {
    this.#ports = ports;
    const { read } = ports.store;
    this.#routeQueries = {
      obstacles: sharedWhilePending((query) => read.obstacles(query)),
      nearestZone: sharedWhilePending((query) => read.nearestZone(query)),
      zonesAtPoint: sharedWhilePending((query) => read.zonesAtPoint(query)),
    };
  }

  /** Loads every zone and begins to watch their times. */
  async start(): Promise<void> {
    await this.reload();
    this.#stopTicking ??= this.#ports.clock.every(TICK_MS, () => this.#tick());
  }

  stop(): void {
    this.#stopTicking?.();
    this.#stopTicking = null;
  }

  /** Reads all zones again, after something other than this class changed them. */
  async reload(): Promise<void> {
    const zones = await this.#ports.store.read.allZones({ nowMs: this.#ports.clock.nowMs() });
    for (const zone of zones) {
      const known = this.#zones.get(zone.zoneId);
      // A change of this station's own may have overtaken the answer.
      if (known === undefined || known.version <= zone.version) this.#take(zone);
    }
    this.checkConflicts();
  }

  all(): Zone[] {
    return [...this.#zones.values()];
  }

  /** Grows whenever a zone changes or comes into or out of force: a route planned before must be proven anew. */
  revision(): number {
    return this.#revision;
  }

  /** @throws {Refusal} INVALID_INPUT for a shape that is no usable area. */
  async create(input: ZoneInput, dispatcherId: string): Promise<Zone> {
    const { clock, random, store } = this.#ports;
    const corners = checkedCorners(input.corners);
    const nowMs = clock.nowMs();
    const { write } = store.as(dispatcherId);
    return this.#accept(await write.createZone({ ...input, corners, zoneId: uuidV7(nowMs, random), nowMs }));
  }

  /** @throws {Refusal} INVALID_INPUT for a shape that is no usable area; CONFLICT when the version is not the newest. */
  async update(input: ZoneInput & { zoneId: string; version: number }, dispatcherId: string): Promise<Zone> {
    const corners = checkedCorners(input.corners);
    const nowMs = this.#ports.clock.nowMs();
    const { write } = this.#ports.store.as(dispatcherId);
    return this.#accept(await write.updateZone({ ...input, corners, nowMs }));
  }

  /** Called with every zone that changes or comes into or out of force. Returns its unsubscribe. */
  subscribe(changed: (zone: Zone) => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  /** Called once when a zone in force begins to conflict with a flying route. Returns its unsubscribe. */
  onConflict(listener: (conflict: ZoneConflict) => void): () => void {
    this.#conflictListeners.add(listener);
    return () => void this.#conflictListeners.delete(listener);
  }

  /** Without times: clear from now until the drone can be there, stay and be back. */
  planClearRoute(request: TimelessRouteRequest): Promise<ClearRoute> {
    return planClearRoute(this.#routeQueries, { ...this.#flightTimes(), ...request });
  }

  /** Zones that contain a landing place or come nearer to it than the margin, at any height, as PostGIS finds them. */
  zonesAtLanding(point: Position): Promise<{ name: string; clearanceM: number }[]> {
    return this.#routeQueries.zonesAtPoint({ point, withinM: DEFAULT_MARGIN_M, ...this.#flightTimes() });
  }

  /**
   * Rings for the autopilot's exclusion fence along a route, nearest first, at most 70 vertices together. Zones that
   * end below the cruise are left out: the fence knows no heights and would forbid to fly over them.
   */
  exclusionRings(
    line: readonly Position[],
    cruiseAltitudeRelativeHomeM = DEFAULT_CRUISE_ALTITUDE_RELATIVE_HOME_M,
  ): Position[][] {
    const nowMs = this.#ports.clock.nowMs();
    const zones = this.all().filter(
      (zone) =>
        forbidsHeight(zone.ceilingAglM, cruiseAltitudeRelativeHomeM) &&
        (isInForce(zone, nowMs) || (startsWithin(zone, nowMs, FLIGHT_HORIZON_MS) && zone.active)),
    );
    const { rings, omitted } = fenceRings(line, zones, FENCE);
    if (omitted.length > 0)
      this.#ports.log.warn('fence.zones-omitted', { omitted: omitted.length, kept: rings.length });
    return rings;
  }

  /** Compares zones in force with every flying route: raises what is new, clears what is over. */
  checkConflicts(): void {
    const inForce = this.all().filter((zone) => zone.inForce);
    const holding = new Set<string>();
    for (const route of this.#ports.activeRoutes())
      for (const { zone, distanceM } of conflictsOf(route, inForce, DEFAULT_MARGIN_M)) {
        const cause = `zone-conflict:${route.missionId}:${zone.zoneId}`;
        holding.add(cause);
        if (!this.#conflicts.has(cause)) this.#raise(cause, route, zone, distanceM);
      }
    for (const cause of this.#conflicts) if (!holding.has(cause)) this.#ports.alerts.clear(cause);
    this.#conflicts = holding;
  }

  /** Whole seconds, so that questions of the same moment are the same question. */
  #flightTimes(): { fromMs: number; untilMs: number } {
    const fromMs = Math.floor(this.#ports.clock.nowMs() / 1_000) * 1_000;
    return { fromMs, untilMs: fromMs + FLIGHT_HORIZON_MS };
  }

  #raise(cause: string, route: ActiveRoute, zone: Zone, distanceM: number): void {
    const where =
      distanceM === 0 ? 'runs through' : `comes within ${Math.max(1, Math.round(distanceM))} m of`;
    const sentence = `The route of ${route.droneId} ${where} ${zone.name}, a no-fly zone now in force. Hold or abort.`;
    const { missionId, droneId } = route;
    this.#ports.alerts.raise({ cause, level: 'WARNING', subject: zone.name, sentence, droneId, missionId });
    const conflict = { missionId, droneId, zoneId: zone.zoneId, zoneName: zone.name, sentence };
    for (const listener of this.#conflictListeners) listener({ ...conflict, clearanceM: distanceM });
  }

  #accept(zone: Zone): Zone {
    const current = this.#take(zone);
    this.checkConflicts();
    return current;
  }

  #take(zone: Zone): Zone {
    const current = this.#asOfNow(zone);
    this.#zones.set(zone.zoneId, current);
    this.#revision++;
    for (const changed of this.#watchers) changed(current);
    return current;
  }

  #tick(): void {
    for (const zone of this.#zones.values()) if (this.#asOfNow(zone) !== zone) this.#take(zone);
    if (this.#conflicts.size > 0 || this.#ports.activeRoutes().length > 0) this.checkConflicts();
  }

  #asOfNow(zone: Zone): Zone {
    const inForce = isInForce(zone, this.#ports.clock.nowMs());
    return zone.inForce === inForce ? zone : { ...zone, inForce };
  }
}

function startsWithin(zone: Zone, nowMs: number, horizonMs: number): boolean {
  return zone.startsAtMs !== null && zone.startsAtMs > nowMs && zone.startsAtMs <= nowMs + horizonMs;
}
