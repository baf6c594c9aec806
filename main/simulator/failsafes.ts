import type { AutopilotView } from './autopilot-view.ts';
import { MODE } from './flight-modes.ts';
import type { LocalFrame } from './local-frame.ts';
import { exclusionPolygons, type StoredItem } from './plan-storage.ts';
import { SEVERITY } from './severity.ts';

const EKF_FAILSAFE_AFTER_MS = 5_000;
const FENCE_CHECK_MS = 200;

/** What makes ArduCopter change its mode by itself while it flies. */
export class Failsafes {
  /** Set while one is in force: HEARTBEAT says CRITICAL. */
  active = false;
  fenceBreaches = 0;
  fenceBreached = false;
  fenceBreachedAtMs = 0;
  #batteryLevel: 'GOOD' | 'LOW' | 'CRITICAL' = 'GOOD';
  #stationLost = false;
  #gpsLostMs = 0;
  #ekfFailed = false;
  #nextFenceCheckMs = 0;

  /** Whether the position estimate has been without GPS for too long. */
  get positionLost(): boolean {
    return this.#gpsLostMs >= EKF_FAILSAFE_AFTER_MS;
  }

  step(dtMs: number, autopilot: AutopilotView, sinceStationMs: number): void {
    this.#battery(autopilot);
    this.#station(autopilot, sinceStationMs);
    this.#ekf(dtMs, autopilot);
    if (autopilot.bootMs >= this.#nextFenceCheckMs) {
      this.#nextFenceCheckMs = autopilot.bootMs + FENCE_CHECK_MS;
      this.#fence(autopilot);
    }
    this.active = this.#batteryLevel !== 'GOOD' || this.#stationLost || this.#ekfFailed || this.fenceBreached;
  }

  #battery(autopilot: AutopilotView): void {
    const { battery, parameters } = autopilot;
    const mah = battery.remainingMah;
    const low = parameters.get('BATT_LOW_MAH');
    const critical = parameters.get('BATT_CRT_MAH');
    // A pack on the charger leaves the failsafe once it is clearly above the limit.
    if (battery.charging && mah > low * 1.1) this.#batteryLevel = 'GOOD';
    const level = mah <= critical ? 'CRITICAL' : mah <= low ? 'LOW' : 'GOOD';
    if (level === 'GOOD' || level === this.#batteryLevel) return;
    if (level === 'LOW' && this.#batteryLevel === 'CRITICAL') return;
    this.#batteryLevel = level;
    const word = level === 'LOW' ? 'low' : 'critical';
    const figures = `${battery.voltageV.toFixed(2)}V used ${battery.consumedMah.toFixed(0)} mAh`;
    autopilot.say(SEVERITY.WARNING, `Battery 1 is ${word} ${figures}`);
    const action = parameters.get(level === 'LOW' ? 'BATT_FS_LOW_ACT' : 'BATT_FS_CRT_ACT');
    this.#act(autopilot, 'Battery', action);
  }

  /** Actions of BATT_FS_*_ACT: 1 land, 2 return. A vehicle that lands already goes on landing. */
  #act(autopilot: AutopilotView, cause: string, action: number): void {
    if (!autopilot.armed || action === 0 || autopilot.mode === MODE.LAND) return;
    if (autopilot.landed) {
      autopilot.say(SEVERITY.WARNING, `${cause} Failsafe - Disarm`);
      autopilot.disarm(true);
      return;
    }
    const home = action === 2 && autopilot.hasPosition();
    autopilot.say(SEVERITY.WARNING, `${cause} Failsafe - ${home ? 'RTL' : 'Land'}`);
    autopilot.setMode(home ? MODE.RTL : MODE.LAND);
  }

  #station(autopilot: AutopilotView, sinceStationMs: number): void {
    const limitMs = autopilot.parameters.get('FS_GCS_TIMEOUT') * 1000;
    const enabled = autopilot.parameters.get('FS_GCS_ENABLE') !== 0;
    const lost = enabled && sinceStationMs > limitMs && Number.isFinite(sinceStationMs);
    if (lost === this.#stationLost) return;
    this.#stationLost = lost;
    if (lost) this.#act(autopilot, 'GCS', 2);
    else autopilot.say(SEVERITY.WARNING, 'GCS Failsafe Cleared');
  }

  #ekf(dtMs: number, autopilot: AutopilotView): void {
    this.#gpsLostMs = autopilot.faults.has('gps-loss') ? this.#gpsLostMs + dtMs : 0;
    const failed = this.positionLost && autopilot.armed && !autopilot.landed;
    if (failed === this.#ekfFailed) return;
    this.#ekfFailed = failed;
    if (!failed) {
      autopilot.say(SEVERITY.WARNING, 'EKF Failsafe Cleared');
      return;
    }
    autopilot.say(SEVERITY.CRITICAL, 'EKF variance');
    autopilot.say(SEVERITY.WARNING, 'EKF Failsafe: changed to LAND Mode');
    autopilot.setMode(MODE.LAND);
  }

  #fence(autopilot: AutopilotView): void {
    const { parameters, airframe, plans } = autopilot;
    const enforced = parameters.get('FENCE_ENABLE') === 1 && autopilot.armed && !autopilot.landed;
    const inside =
      enforced &&
      exclusionPolygons(plans.fence).some((ring) =>
        contains(ring, autopilot.frame, airframe.northM, airframe.eastM),
      );
    if (inside === this.fenceBreached) return;
    this.fenceBreached = inside;
    if (!inside) return;
    this.fenceBreaches++;
    this.fenceBreachedAtMs = autopilot.bootMs;
    autopilot.say(SEVERITY.WARNING, 'Polygon fence breached');
    if (parameters.get('FENCE_ACTION') === 1) this.#act(autopilot, 'Fence', 2);
  }
}

/** Even-odd rule in the local plane. */
function contains(ring: readonly StoredItem[], frame: LocalFrame, northM: number, eastM: number): boolean {
  let inside = false;
  let previous = ring.at(-1);
  for (const vertex of ring) {
    if (previous === undefined) return false;
    const north = frame.northM(vertex.latitudeE7);
    const east = frame.eastM(vertex.longitudeE7);
    const previousNorth = frame.northM(previous.latitudeE7);
    const previousEast = frame.eastM(previous.longitudeE7);
    const crosses = north > northM !== previousNorth > northM;
    if (crosses && eastM < east + ((northM - north) / (previousNorth - north)) * (previousEast - east)) {
      inside = !inside;
    }
    previous = vertex;
  }
  return inside;
}
