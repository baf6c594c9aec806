import type { Dialect } from './dialect.ts';
import type { FaultRequest } from './faults.ts';
import { ARDUCOPTER, type Firmware } from './firmware.ts';
import type { DroneSite } from './fleet-table.ts';
import { forkRandom, type Random } from './random.ts';
import { type Scenario, ScenarioTimeline } from './scenario.ts';
import type { SimulatedSigning } from './signing.ts';
import { SimulatedVehicle } from './vehicle.ts';
import { type MeanWind, seededWind } from './wind.ts';

/** Physics and message timing advance in steps of this length, whatever `step` is given. */
const STEP_MS = 20;

const DEFAULT_BOOT_S = 8;
const DEFAULT_START_UTC_MS = 1_760_000_000_000;
const DEFAULT_BATTERY_PERCENT = 98;
const DEFAULT_LOG_SECONDS = [60, 180];

export interface FleetOptions {
  readonly drones: readonly DroneSite[];
  readonly dialect: Dialect;
  readonly random: Random;
  /** Makes the airframes; without it `random` does. */
  readonly airframes?: Random;
  /** Takes each frame that a vehicle's radio lets out, with the vehicle's system id. */
  transmit(bytes: Uint8Array, systemId: number): void;
  readonly scenario?: Scenario;
  /** UTC at the start, ms: what the vehicles' GPS clocks say. */
  readonly startUtcMs?: number;
  /** How long after power-on arming is refused. */
  readonly bootS?: number;
  /** Percent of charge at the start, by drone id. */
  readonly batteryPercent?: ReadonlyMap<string, number>;
  readonly eagerRates?: boolean;
  readonly signing?: SimulatedSigning;
  readonly firmware?: Firmware;
  /** A camera, an ADS-B receiver and a radio modem on each. */
  readonly peripherals?: boolean;
  /** At least so many parameters; made-up ones where the autopilot has fewer. */
  readonly parameterCount?: number;
  /** What each radio carries each way, bytes a second. */
  readonly radioBytesPerS?: number;
  /** Flight logs on each vehicle's card, by their length in seconds of flight. */
  readonly logSeconds?: readonly number[];
}

/**
 * Drones that speak MAVLink 2 as ArduCopter 4.6 or PX4 1.16 does, each with a companion computer (component 191).
 * Pure: time comes by `step`, chance by `random`, bytes by `transmit` and `receive`; the same calls give the same
 * bytes.
 */
export class SimulatedFleet {
  readonly vehicles: readonly SimulatedVehicle[];
  readonly #bySystemId: ReadonlyMap<number, SimulatedVehicle>;
  readonly #timeline: ScenarioTimeline;
  #nowMs = 0;
  #owedMs = 0;

  /** @throws Error when the scenario or the charges name a drone that is not there. */
  constructor(options: FleetOptions) {
    const { scenario, random } = options;
    const seeded: MeanWind = seededWind(forkRandom(random));
    this.vehicles = options.drones.map(
      (site) =>
        new SimulatedVehicle({
          site,
          dialect: options.dialect,
          random: forkRandom(random),
          airframe: options.airframes,
          wind: scenario?.wind ?? seeded,
          startUtcMs: options.startUtcMs ?? DEFAULT_START_UTC_MS,
          bootMs: (options.bootS ?? DEFAULT_BOOT_S) * 1000,
          batteryPercent:
            options.batteryPercent?.get(site.droneId) ??
            scenario?.battery[site.droneId] ??
            DEFAULT_BATTERY_PERCENT,
          eagerRates: options.eagerRates ?? false,
          firmware: options.firmware ?? ARDUCOPTER,
          peripherals: options.peripherals ?? false,
          parameterCount: options.parameterCount ?? 0,
          radioBytesPerS: options.radioBytesPerS ?? Number.POSITIVE_INFINITY,
          logs: options.logSeconds ?? DEFAULT_LOG_SECONDS,
          signing: options.signing ?? { obeysSetup: false, key: null },
          transmit: (bytes) => options.transmit(bytes, site.systemId),
        }),
    );
    this.#bySystemId = new Map(this.vehicles.map((vehicle) => [vehicle.site.systemId, vehicle]));
    this.#timeline = new ScenarioTimeline(scenario?.events ?? []);
    const named = [
      ...(options.batteryPercent?.keys() ?? []),
      ...Object.keys(scenario?.battery ?? {}),
      ...(scenario?.events ?? []).map((event) => event.drone),
    ];
    for (const droneId of named) this.#named(droneId);
  }

  /** Simulated milliseconds since the start. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Moves time on. What is not a whole number of steps is owed to the next call. */
  step(dtMs: number): void {
    this.#owedMs += dtMs;
    while (this.#owedMs >= STEP_MS) {
      this.#owedMs -= STEP_MS;
      this.#nowMs += STEP_MS;
      for (const { drone, fault, on, value } of this.#timeline.due(this.#nowMs)) {
        this.setFault({ droneId: drone, fault, on, value });
      }
      for (const vehicle of this.vehicles) vehicle.step(STEP_MS);
    }
  }

  /** Bytes that reached one vehicle's radio. For a system id that is not there, nothing happens. */
  receive(bytes: Uint8Array, systemId: number): void {
    this.#bySystemId.get(systemId)?.receive(bytes);
  }

  /** @throws Error when no drone has this id. */
  setFault({ droneId, fault, on, value }: FaultRequest): void {
    for (const vehicle of this.#named(droneId)) vehicle.setFault(fault, on, value);
  }

  /** @throws Error when no drone has this id. */
  setBattery(droneId: string, percent: number): void {
    for (const vehicle of this.#named(droneId)) vehicle.battery.percent = percent;
  }

  #named(droneId: string): readonly SimulatedVehicle[] {
    if (droneId === '*') return this.vehicles;
    const found = this.vehicles.filter((vehicle) => vehicle.site.droneId === droneId);
    if (found.length === 0) throw new Error(`There is no drone "${droneId}".`);
    return found;
  }
}
