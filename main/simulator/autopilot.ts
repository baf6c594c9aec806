import { common, type MavLinkData } from 'node-mavlink';
import type { Airframe, Propulsion, VelocityDemand } from './airframe.ts';
import { preArmFailures } from './arming.ts';
import { type Battery, powerW } from './battery.ts';
import { Failsafes } from './failsafes.ts';
import type { ActiveFaults } from './faults.ts';
import type { Firmware } from './firmware.ts';
import { allowsArming, type FlightMode, MODE, modeName, requiresPosition } from './flight-modes.ts';
import type { LocalFrame, LocalPoint } from './local-frame.ts';
import { MissionFlight } from './mission-flight.ts';
import { MotorTest } from './motor-test.ts';
import { flyTo, HOVERING, Hold, Landing, ReturnFlight, STILL } from './navigation.ts';
import type { Parameters } from './parameters.ts';
import { homeAsItem, PlanProtocol } from './plan-protocol.ts';
import type { StoredItem } from './plan-storage.ts';
import { SEVERITY, type Severity } from './severity.ts';
import type { Wind } from './wind.ts';
import { message } from './wire.ts';

interface AutopilotOptions {
  readonly firmware: Firmware;
  readonly frame: LocalFrame;
  readonly groundAmslM: number;
  readonly airframe: Airframe;
  readonly battery: Battery;
  readonly wind: Wind;
  readonly faults: ActiveFaults;
  readonly parameters: Parameters;
  /** How long after power-on the autopilot refuses to arm. */
  readonly bootMs: number;
  send(data: MavLinkData): void;
  say(severity: Severity, text: string): void;
  gripper(release: boolean): void;
  homeChanged(): void;
}

type Guided =
  | { kind: 'HOLD'; hold: Hold }
  | { kind: 'TAKEOFF'; target: LocalPoint }
  | { kind: 'GO_TO'; target: LocalPoint; speedMps: number };

/** How long on the ground makes the land detector sure. */
const LANDED_AFTER_S = 1;
const PREARM_REPORT_MS = 30_000;

/** The flight controller: modes, arming, home, and what to fly in each mode, by ArduCopter's rules. */
export class Autopilot {
  readonly firmware: Firmware;
  readonly frame: LocalFrame;
  readonly airframe: Airframe;
  readonly battery: Battery;
  readonly faults: ActiveFaults;
  readonly parameters: Parameters;
  readonly plans: PlanProtocol;
  readonly missionFlight: MissionFlight;
  readonly motorTest = new MotorTest();
  failsafes = new Failsafes();
  armed = false;
  landed = true;
  mode: FlightMode = MODE.STABILIZE;
  /** Since power-on or the last restart. */
  bootMs = 0;
  /** Where the vehicle returns to; up is relative to the ground at its base. */
  home: LocalPoint | null = null;
  readonly groundAmslM: number;
  readonly #options: AutopilotOptions;
  #homeLocked = false;
  #autoArmed = false;
  #groundS = 0;
  #nextReportMs = 3_000;
  #readyAnnounced = false;
  #guided: Guided = { kind: 'HOLD', hold: new Hold() };
  #hold = new Hold();
  #landing = new Landing();
  #return: ReturnFlight | null = null;

  constructor(options: AutopilotOptions) {
    this.#options = options;
    this.firmware = options.firmware;
    this.frame = options.frame;
    this.airframe = options.airframe;
    this.battery = options.battery;
    this.faults = options.faults;
    this.parameters = options.parameters;
    this.groundAmslM = options.groundAmslM;
    this.plans = new PlanProtocol({
      missionKeepsHome: options.firmware.missionKeepsHome,
      send: options.send,
      sayWarning: (text) => this.say(SEVERITY.WARNING, text),
      homeItem: () => this.#homeItem(),
      missionRunning: () => this.mode === MODE.AUTO && this.missionFlight.state === 'ACTIVE',
      planChanged: (planType, count) =>
        this.parameters.change(['MIS_TOTAL', 'FENCE_TOTAL', 'RALLY_TOTAL'][planType] ?? 'MIS_TOTAL', count),
    });
    this.missionFlight = new MissionFlight({
      airframe: options.airframe,
      parameters: options.parameters,
      items: () => this.plans.mission,
      place: (item) => this.#place(item),
      home: () => this.#homeOrBase(),
      hasPosition: () => this.hasPosition(),
      mayTakeOff: () => this.#autoArmed,
      reached: (seq) =>
        options.send(message(common.MissionItemReached, { seq: this.plans.toldSequence(seq) })),
      say: (text) => this.say(SEVERITY.INFO, text),
      gripper: options.gripper,
    });
  }

  /** How much of the boot is over, 0 to 1. */
  get bootShare(): number {
    return Math.min(1, this.bootMs / Math.max(1, this.#options.bootMs));
  }

  /** Whether the estimator has a position that flight may rely on. */
  hasPosition(): boolean {
    return this.bootShare >= 0.8 && !this.failsafes.positionLost;
  }

  /** What the vehicle is about to do with the ground. */
  get verticalIntent(): 'TAKEOFF' | 'LANDING' | 'NONE' {
    switch (this.mode) {
      case MODE.AUTO:
        return this.missionFlight.verticalIntent;
      case MODE.GUIDED: {
        const guided = this.#guided;
        const climbs = guided.kind === 'TAKEOFF' && this.airframe.upM < guided.target.upM - 0.5;
        return climbs ? 'TAKEOFF' : 'NONE';
      }
      case MODE.LAND:
        return 'LANDING';
      case MODE.RTL:
        return this.#return?.phase === 'DESCEND' ? 'LANDING' : 'NONE';
      default:
        return 'NONE';
    }
  }

  preArmFailures(): string[] {
    return preArmFailures(this);
  }

  say(severity: Severity, text: string): void {
    this.#options.say(severity, text);
  }

  /** @returns false when the mode cannot be entered now; a text says why. */
  setMode(mode: FlightMode): boolean {
    const refusal = this.#modeRefusal(mode);
    if (refusal !== null) {
      this.say(SEVERITY.WARNING, refusal);
      return false;
    }
    if (mode === this.mode) return true;
    if (this.mode === MODE.AUTO) this.missionFlight.pause();
    this.mode = mode;
    this.#hold = new Hold();
    this.#landing = new Landing();
    this.#guided = { kind: 'HOLD', hold: new Hold() };
    this.#return =
      mode === MODE.RTL && !this.airframe.onGround
        ? new ReturnFlight(this.airframe, this.#homeOrBase(), this.parameters)
        : null;
    // An airborne vehicle goes on at once; on the ground the mission waits for its start.
    if (mode === MODE.AUTO && this.armed) this.missionFlight.startOrResume();
    return true;
  }

  #modeRefusal(mode: FlightMode): string | null {
    const name = modeName(mode);
    if (requiresPosition(mode) && !this.hasPosition())
      return `Mode change to ${name} failed: requires position`;
    if (mode !== MODE.AUTO) return null;
    if (this.plans.mission.length < 2) return 'Mode change to AUTO failed: No Mission. Can not enter AUTO';
    if (this.armed && this.landed && !this.missionFlight.startsWithTakeoff())
      return 'Auto: Missing Takeoff Cmd';
    return null;
  }

  /** MAV_CMD_MISSION_START: enters AUTO and lets an armed vehicle take off. */
  startMission(): boolean {
    if (!this.setMode(MODE.AUTO)) return false;
    if (!this.armed) return true;
    this.#autoArmed = true;
    this.missionFlight.startOrResume();
    return true;
  }

  /** Stops within AUTO or GUIDED; ArduCopter has no pause in other modes. */
  pause(): boolean {
    if (this.mode === MODE.AUTO) this.missionFlight.pause();
    else if (this.mode === MODE.GUIDED) this.#guided = { kind: 'HOLD', hold: new Hold() };
    else return false;
    this.#hold = new Hold();
    return true;
  }

  proceed(): boolean {
    if (this.mode !== MODE.AUTO) return false;
    this.missionFlight.startOrResume();
    return true;
  }

  takeOff(altitudeRelativeHomeM: number): boolean {
    if (this.mode !== MODE.GUIDED || !this.armed || !this.landed || altitudeRelativeHomeM <= 0) return false;
    const { northM, eastM } = this.airframe;
    this.#autoArmed = true;
    const upM = this.#homeOrBase().upM + altitudeRelativeHomeM;
    this.#guided = { kind: 'TAKEOFF', target: { northM, eastM, upM } };
    return true;
  }

  /** Flies to a point in GUIDED. */
  goTo(target: LocalPoint, speedMps: number): boolean {
    if (this.mode !== MODE.GUIDED || !this.hasPosition()) return false;
    this.#guided = { kind: 'GO_TO', target, speedMps };
    return true;
  }

  arm(force: boolean): boolean {
    if (this.armed) return true;
    const failures = force ? [] : this.preArmFailures();
    if (!allowsArming(this.mode)) failures.push(`Arm: ${modeName(this.mode)} mode not armable`);
    if (requiresPosition(this.mode) && !this.hasPosition()) failures.push('Arm: Need Position Estimate');
    for (const failure of failures) this.say(SEVERITY.CRITICAL, failure);
    if (failures.length > 0) return false;
    this.motorTest.stop();
    this.armed = true;
    this.#autoArmed = false;
    this.#groundS = 0;
    this.say(SEVERITY.INFO, 'Arming motors');
    // ArduCopter takes the place of arming as home, unless a station has set home.
    if (!this.#homeLocked && this.home !== null) this.setHome(this.airframe, false);
    return true;
  }

  disarm(force: boolean): boolean {
    if (!this.armed) return true;
    if (!force && !this.landed) return false;
    this.armed = false;
    this.#autoArmed = false;
    this.missionFlight.reset();
    this.say(SEVERITY.INFO, 'Disarming motors');
    return true;
  }

  /** @returns false when nothing turns; a text says why. */
  testMotor(motor: number, throttlePercent: number, durationS: number): boolean {
    const refusal = this.armed
      ? 'Motor Test: vehicle is armed'
      : !this.landed
        ? 'Motor Test: vehicle not landed'
        : this.faults.has('refused-arm')
          ? 'Motor Test: Safety switch'
          : null;
    if (refusal === null) this.motorTest.start(motor, throttlePercent, durationS);
    else this.say(SEVERITY.CRITICAL, refusal);
    return refusal === null;
  }

  setHome(place: LocalPoint, lock: boolean): void {
    this.home = { northM: place.northM, eastM: place.eastM, upM: place.upM };
    this.#homeLocked ||= lock;
    this.#options.homeChanged();
  }

  /** Power is cut and comes back: in the air the vehicle falls. Parameters and plans are kept. */
  reboot(): void {
    this.armed = false;
    this.mode = MODE.STABILIZE;
    this.bootMs = 0;
    this.motorTest.stop();
    this.home = null;
    this.#homeLocked = false;
    this.#autoArmed = false;
    this.#readyAnnounced = false;
    this.#nextReportMs = 3_000;
    this.failsafes = new Failsafes();
    this.missionFlight.reset();
    if (this.airframe.onGround) this.airframe.crashed = false;
  }

  /** @param sinceStationMs since the last heartbeat of the station; infinite before the first. */
  step(dtMs: number, sinceStationMs: number): void {
    const dtS = dtMs / 1000;
    this.bootMs += dtMs;
    if (this.bootShare >= 0.9 && this.home === null) this.setHome(this.airframe, false);
    this.plans.step(this.bootMs);
    this.failsafes.step(dtMs, this, sinceStationMs);
    this.#report();
    const { airframe, faults } = this;
    const demand = this.armed ? this.#demand(dtS) : STILL;
    if (!airframe.onGround || this.armed) this.#options.wind.step(dtS, airframe.upM);
    const propulsion: Propulsion = !this.armed ? 'STOPPED' : faults.motorIsDead ? 'FAILED' : 'RUNNING';
    airframe.step(dtS, demand ?? STILL, this.#options.wind, propulsion);
    this.#watchGround(dtS, demand === null);
    const atBase = Math.hypot(airframe.northM, airframe.eastM) < 15 && airframe.onGround && !this.armed;
    this.motorTest.step(dtMs);
    this.battery.step(dtS, powerW(airframe, this.armed) + this.motorTest.powerW, atBase);
  }

  #demand(dtS: number): VelocityDemand | null {
    const { airframe, parameters } = this;
    switch (this.mode) {
      case MODE.AUTO:
        if (this.missionFlight.state === 'PAUSED') return this.#hold.demand(airframe, parameters);
        return this.missionFlight.demand(dtS);
      case MODE.GUIDED:
        return this.#flyGuided();
      case MODE.RTL:
        return this.#return?.demand(dtS, airframe, parameters, this.hasPosition()) ?? STILL;
      case MODE.LAND:
        return this.#landing.demand(airframe, parameters, this.hasPosition());
      case MODE.STABILIZE:
        // Nobody holds a stick here: the throttle is at its lowest.
        return { ...STILL, upMps: -2 };
      default:
        return airframe.onGround ? STILL : this.#hold.demand(airframe, parameters);
    }
  }

  #flyGuided(): VelocityDemand {
    const { airframe, parameters } = this;
    const guided = this.#guided;
    switch (guided.kind) {
      case 'HOLD':
        return airframe.onGround ? STILL : guided.hold.demand(airframe, parameters);
      case 'TAKEOFF':
        return flyTo(airframe, guided.target, parameters, HOVERING);
      case 'GO_TO':
        return airframe.onGround
          ? STILL
          : flyTo(airframe, guided.target, parameters, { cruiseSpeedMps: guided.speedMps });
    }
  }

  #watchGround(dtS: number, missionOver: boolean): void {
    const { airframe } = this;
    if (!airframe.onGround) {
      this.#groundS = 0;
      this.landed = false;
      return;
    }
    this.#groundS += dtS;
    if (airframe.crashed && this.armed) {
      this.say(SEVERITY.EMERGENCY, 'Crash: Disarming: AngErr=61>30, Accel=0.4<3.0');
      this.landed = true;
      this.disarm(true);
      return;
    }
    if (this.#groundS >= LANDED_AFTER_S) this.landed = true;
    if (!this.armed || !this.landed) return;
    const landsHere = this.mode === MODE.LAND || this.mode === MODE.RTL || missionOver;
    const waiting = !this.#autoArmed && this.#groundS >= this.parameters.get('DISARM_DELAY');
    if (landsHere || waiting) this.disarm(true);
  }

  #report(): void {
    if (this.armed) return;
    if (!this.#readyAnnounced && this.bootShare >= 1) {
      this.#readyAnnounced = true;
      this.say(SEVERITY.INFO, 'EKF3 IMU0 is using GPS');
    }
    if (this.bootMs < this.#nextReportMs) return;
    this.#nextReportMs = this.bootMs + PREARM_REPORT_MS;
    for (const failure of this.preArmFailures()) this.say(SEVERITY.CRITICAL, failure);
  }

  #place(item: StoredItem): LocalPoint {
    const altitudeM = item.altitudeCm / 100;
    return {
      northM: this.frame.northM(item.latitudeE7),
      eastM: this.frame.eastM(item.longitudeE7),
      upM: item.frame === 0 ? altitudeM - this.groundAmslM : altitudeM + this.#homeOrBase().upM,
    };
  }

  #homeOrBase(): LocalPoint {
    return this.home ?? { northM: 0, eastM: 0, upM: 0 };
  }

  #homeItem(): StoredItem {
    const { home, frame } = this;
    if (home === null) return homeAsItem(0, 0, 0);
    return homeAsItem(
      frame.latitudeE7(home.northM),
      frame.longitudeE7(home.eastM),
      Math.round((home.upM + this.groundAmslM) * 100),
    );
  }
}
