/** What one motor draws at full throttle without its propeller, W. */
const FULL_THROTTLE_W = 130;

/** One motor turned on its own on the bench (MAV_CMD_DO_MOTOR_TEST). */
export class MotorTest {
  /** Counted from 0, as the speed controllers' messages count; null: none turns. */
  motor: number | null = null;
  /** 0 to 1. */
  throttle = 0;
  #leftMs = 0;

  /** W. */
  get powerW(): number {
    return this.motor === null ? 0 : this.throttle * FULL_THROTTLE_W;
  }

  start(motor: number, throttlePercent: number, durationS: number): void {
    this.motor = motor;
    this.throttle = throttlePercent / 100;
    this.#leftMs = durationS * 1_000;
  }

  stop(): void {
    this.motor = null;
    this.#leftMs = 0;
  }

  step(dtMs: number): void {
    if (this.motor === null) return;
    this.#leftMs -= dtMs;
    if (this.#leftMs <= 0) this.stop();
  }
}
