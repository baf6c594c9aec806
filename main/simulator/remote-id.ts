import { common, type MavLinkData } from 'node-mavlink';
import { message } from './wire.ts';

/** MAV_COMP_ID_ODID_TXRX_1. */
export const REMOTE_ID_COMPONENT_ID = 236;
const REPORT_MS = 1_000;

/** The Remote ID module: says once a second whether it lets the drone be armed. */
export class RemoteIdModule {
  readonly #send: (data: MavLinkData) => void;
  #nextReportMs = REPORT_MS;

  constructor(send: (data: MavLinkData) => void) {
    this.#send = send;
  }

  step(nowMs: number, hasPosition: boolean): void {
    if (nowMs < this.#nextReportMs) return;
    this.#nextReportMs += REPORT_MS;
    const { GOOD_TO_ARM, PRE_ARM_FAIL_GENERIC } = common.MavOdidArmStatus;
    this.#send(
      message(common.OpenDroneIdArmStatus, {
        status: hasPosition ? GOOD_TO_ARM : PRE_ARM_FAIL_GENERIC,
        error: hasPosition ? '' : 'No position of the drone',
      }),
    );
  }
}
