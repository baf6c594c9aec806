import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import type { BatteryStatus, SysStatus } from '../mavlink/generated/messages.ts';

type Battery = NonNullable<VehicleState['battery']>;

const UNKNOWN_UINT16 = 0xffff;
const UNKNOWN_INT16 = 0x7fff;
/** MAV_BATTERY_FUNCTION_AVIONICS and PAYLOAD do not keep the drone in the air. */
const FIRST_OTHER_FUNCTION = 3;
const MAXIMUM_BATTERIES = 8;
/** BATTERY_STATUS comes once a second: after this it is gone, and SYS_STATUS counts again. */
const DETAILED_FOR_MS = 5_000;
/** An estimate from less would jump about. */
const SHORTEST_TREND_MS = 20_000;
const SMALLEST_DROP_PERCENT = 2;
const LONGEST_TREND_MS = 300_000;
const MAXIMUM_TREND_POINTS = 100;

/**
 * The battery of a vehicle: the one with the least charge where there are several, from BATTERY_STATUS while it comes
 * and from SYS_STATUS otherwise. Time left is the autopilot's, or else follows from how the charge fell in the last
 * five minutes.
 */
export class BatteryReading {
  readonly #detailed = new Map<number, Battery>();
  #simple: Battery | null = null;
  /** Charge at each fall, oldest first. */
  #trend: { atMs: number; percent: number }[] = [];

  acceptBatteryStatus(message: BatteryStatus, nowMs: number): void {
    if (message.batteryFunction >= FIRST_OTHER_FUNCTION) return;
    if (!this.#detailed.has(message.id) && this.#detailed.size >= MAXIMUM_BATTERIES) return;
    this.#detailed.set(message.id, {
      remainingPercent: percentOf(message.batteryRemaining),
      voltageV: packVoltageV(message),
      currentA: message.currentBattery < 0 ? null : message.currentBattery / 100,
      timeLeftS: message.timeRemaining > 0 ? message.timeRemaining : null,
      temperatureC: message.temperature === UNKNOWN_INT16 ? null : message.temperature / 100,
      receivedAtMs: nowMs,
    });
    this.#follow(nowMs);
  }

  /** From a message that says less than SYS_STATUS. */
  acceptSimple(battery: Battery, nowMs: number): void {
    this.#simple = battery;
    this.#follow(nowMs);
  }

  acceptSysStatus(message: SysStatus, nowMs: number): void {
    const simple: Battery = {
      remainingPercent: percentOf(message.batteryRemaining),
      voltageV: message.voltageBattery === UNKNOWN_UINT16 ? null : message.voltageBattery / 1_000,
      currentA: message.currentBattery < 0 ? null : message.currentBattery / 100,
      timeLeftS: null,
      temperatureC: null,
      receivedAtMs: nowMs,
    };
    this.acceptSimple(simple, nowMs);
  }

  reading(): VehicleState['battery'] {
    const battery = this.#weakest();
    if (battery === null || battery.timeLeftS !== null) return battery;
    return { ...battery, timeLeftS: this.#timeLeftS() };
  }

  #weakest(): Battery | null {
    let weakest: Battery | null = null;
    const oldestMs = (this.#simple?.receivedAtMs ?? 0) - DETAILED_FOR_MS;
    for (const battery of this.#detailed.values()) {
      if (battery.receivedAtMs < oldestMs) continue;
      if (weakest === null || charge(battery) < charge(weakest)) weakest = battery;
    }
    return weakest ?? this.#simple;
  }

  #follow(nowMs: number): void {
    const percent = this.#weakest()?.remainingPercent ?? null;
    const last = this.#trend.at(-1);
    if (percent === null || percent === last?.percent) return;
    // Charged or exchanged: what was before says nothing any more.
    if (last !== undefined && percent > last.percent) this.#trend = [];
    this.#trend.push({ atMs: nowMs, percent });
    this.#trend = this.#trend
      .filter(({ atMs }) => atMs >= nowMs - LONGEST_TREND_MS)
      .slice(-MAXIMUM_TREND_POINTS);
  }

  #timeLeftS(): number | null {
    const first = this.#trend[0];
    const last = this.#trend.at(-1);
    if (first === undefined || last === undefined) return null;
    const drop = first.percent - last.percent;
    const passedMs = last.atMs - first.atMs;
    if (drop < SMALLEST_DROP_PERCENT || passedMs < SHORTEST_TREND_MS) return null;
    return Math.round((last.percent * passedMs) / drop / 1_000);
  }
}

/** −1 means that the autopilot does not know. */
function percentOf(remaining: number): number | null {
  return remaining < 0 ? null : Math.min(remaining, 100);
}

/** A battery of unknown charge is not taken for the weakest while another one is known. */
function charge(battery: Battery): number {
  return battery.remainingPercent ?? Number.POSITIVE_INFINITY;
}

/** Cells one by one, or the whole pack in the first; above 65.534 V the pack goes on in the next. */
function packVoltageV(message: BatteryStatus): number | null {
  let sumMv = 0;
  for (const cellMv of message.voltages) if (cellMv !== UNKNOWN_UINT16) sumMv += cellMv;
  for (const cellMv of message.voltagesExt) if (cellMv !== UNKNOWN_UINT16) sumMv += cellMv;
  return sumMv === 0 ? null : sumMv / 1_000;
}
