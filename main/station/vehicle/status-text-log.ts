import type { VehicleState } from '../../../preload/contract/vehicle.ts';

type StatusText = VehicleState['statusTexts'][number];

const MAXIMUM_TEXTS = 30;
/** ArduPilot repeats a failing check about every 30 s, so what is older no longer holds. */
const AGE_OUT_MS = 300_000;

/** What a vehicle said lately, newest first; a text that comes again moves up and counts one more. */
export class StatusTextLog {
  #texts: readonly StatusText[] = [];

  add(severity: number, text: string, nowMs: number): void {
    const known = this.#texts.find((entry) => entry.text === text && entry.severity === severity);
    const entry = { severity, text, receivedAtMs: nowMs, count: (known?.count ?? 0) + 1 };
    const others = this.#texts.filter((other) => other !== known);
    this.#texts = [entry, ...others].slice(0, MAXIMUM_TEXTS);
  }

  list(nowMs: number): StatusText[] {
    const fresh = this.#texts.filter(({ receivedAtMs }) => nowMs - receivedAtMs < AGE_OUT_MS);
    this.#texts = fresh;
    return fresh;
  }
}
