import type { Airframe } from './airframe.ts';
import type { Battery } from './battery.ts';
import type { ActiveFaults } from './faults.ts';
import type { FlightMode } from './flight-modes.ts';
import type { LocalFrame } from './local-frame.ts';
import type { Parameters } from './parameters.ts';
import type { PlanProtocol } from './plan-protocol.ts';
import type { Severity } from './severity.ts';

/** The autopilot as its own checks and failsafes see it. */
export interface AutopilotView {
  readonly frame: LocalFrame;
  readonly airframe: Airframe;
  readonly battery: Battery;
  readonly faults: ActiveFaults;
  readonly parameters: Parameters;
  readonly plans: PlanProtocol;
  readonly mode: FlightMode;
  readonly armed: boolean;
  readonly bootMs: number;
  /** 0 at power-up, 1 when it is ready to arm. */
  readonly bootShare: number;
  readonly landed: boolean;
  hasPosition(): boolean;
  say(severity: Severity, text: string): void;
  setMode(mode: FlightMode): boolean;
  disarm(force: boolean): boolean;
}
