import { type Airframe, GRAVITY_MPS2, MASS_KG } from './airframe.ts';
import { between, type Random } from './random.ts';

export const CELL_COUNT = 6;
const CAPACITY_MAH = 17_000;
const AVIONICS_W = 18;
const MOTORS_IDLE_W = 60;
const HOVER_W = 1_000;
const RESISTANCE_OHM = 0.022;
const CHARGER_W = 550;
const AMBIENT_C = 19;

/** Open-circuit volts of a lithium cell at 0, 10, … 100 % of charge. */
const CELL_VOLTS = [3.3, 3.55, 3.65, 3.7, 3.74, 3.78, 3.83, 3.9, 3.98, 4.08, 4.18] as const;

/** A six-cell pack: about 22 minutes of mixed flight when full. */
export class Battery {
  remainingMah: number;
  /** Positive while discharging. */
  currentA = 0;
  voltageV = 0;
  temperatureC = AMBIENT_C;
  charging = false;
  consumedMah = 0;
  /** Deviation of each cell from the mean, volts. */
  readonly #spreadV: readonly number[];

  constructor(percent: number, random: Random) {
    this.remainingMah = (CAPACITY_MAH * percent) / 100;
    this.#spreadV = Array.from({ length: CELL_COUNT }, () => between(random, -0.012, 0.012));
    this.voltageV = this.#openCircuitCellV() * CELL_COUNT;
  }

  get percent(): number {
    return (this.remainingMah / CAPACITY_MAH) * 100;
  }

  set percent(value: number) {
    this.remainingMah = (CAPACITY_MAH * Math.max(0, Math.min(100, value))) / 100;
  }

  /** Seconds left at the present current, or 0 when none is flowing. */
  get timeRemainingS(): number {
    return this.currentA > 1 ? Math.round((this.remainingMah / 1000 / this.currentA) * 3600) : 0;
  }

  step(dtS: number, powerW: number, charging: boolean): void {
    this.charging = charging && this.percent < 100;
    const netW = powerW - (this.charging ? CHARGER_W * (this.percent > 90 ? 0.4 : 1) : 0);
    const openV = this.#openCircuitCellV() * CELL_COUNT;
    this.currentA = netW / Math.max(10, this.voltageV);
    this.voltageV = openV - this.currentA * RESISTANCE_OHM;
    const flowMah = (this.currentA * dtS) / 3.6;
    this.remainingMah = Math.max(0, Math.min(CAPACITY_MAH, this.remainingMah - flowMah));
    if (flowMah > 0) this.consumedMah += flowMah;
    const targetC = AMBIENT_C + this.currentA ** 2 * 0.009;
    this.temperatureC += ((targetC - this.temperatureC) * dtS) / 300;
  }

  /** Volts of one cell, with `weakCellV` missing from the third one. */
  cellV(index: number, weakCellV: number): number {
    const weak = index === 2 ? weakCellV : 0;
    return this.voltageV / CELL_COUNT + (this.#spreadV[index] ?? 0) - weak;
  }

  #openCircuitCellV(): number {
    const position = Math.max(0, Math.min(100, this.percent)) / 10;
    const index = Math.min(9, Math.floor(position));
    const low = CELL_VOLTS[index] ?? 0;
    const high = CELL_VOLTS[index + 1] ?? low;
    return low + (high - low) * (position - index);
  }
}

/** Watts the vehicle draws: induced power falls with speed, parasitic power rises with its cube, climbing is work. */
export function powerW(airframe: Airframe, armed: boolean): number {
  if (!armed) return AVIONICS_W;
  if (airframe.onGround) return AVIONICS_W + MOTORS_IDLE_W;
  const speedMps = airframe.airspeedMps;
  const levelW = HOVER_W * (1 - 0.1 * Math.min(1, speedMps / 8)) + 0.045 * speedMps ** 3;
  const climbW = MASS_KG * GRAVITY_MPS2 * airframe.upMps * (airframe.upMps > 0 ? 1.2 : 0.5);
  return AVIONICS_W + levelW + climbW;
}
