import { Refusal } from '../../../../preload/contract/errors.ts';
import type { VehicleState } from '../../../../preload/contract/vehicle.ts';

interface GatedVehicle {
  state(): VehicleState;
  requireReachable(): void;
}

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * One transfer with a vehicle at a time. What nobody asked for gives way to what people ask for; everything gives way to
 * an operator's command.
 */
export class TransferGate {
  readonly #vehicle: GatedVehicle;
  #running: AbortController | null = null;
  #unasked: Promise<void> | null = null;

  constructor(vehicle: GatedVehicle) {
    this.#vehicle = vehicle;
  }

  get isFree(): boolean {
    return this.#running === null;
  }

  /** An operator commands the vehicle: the link is needed for that. */
  interrupt(): void {
    this.#running?.abort();
  }

  async alone<Outcome>(
    { signal }: TransferOptions,
    work: (signal: AbortSignal) => Promise<Outcome>,
  ): Promise<Outcome> {
    this.requireUsable();
    await this.endUnasked();
    if (this.#running !== null)
      throw new Refusal(
        'CONFLICT',
        'Something else is being transferred to or from this drone. Wait for it, or cancel it.',
      );
    const controller = new AbortController();
    this.#running = controller;
    try {
      return await work(
        signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]),
      );
    } finally {
      this.#running = null;
    }
  }

  /** Begins at once; only while it is free. */
  unasked(work: (signal: AbortSignal) => Promise<void>): void {
    const controller = new AbortController();
    this.#running = controller;
    this.#unasked = work(controller.signal)
      .catch((error: unknown) => {
        // No link at this moment: it is tried again when somebody looks later.
        if (!(error instanceof Refusal)) throw error;
      })
      .finally(() => {
        this.#running = null;
        this.#unasked = null;
      });
  }

  async endUnasked(): Promise<void> {
    if (this.#unasked === null) return;
    this.#running?.abort();
    await this.#unasked;
  }

  requireUsable(): void {
    if (this.#vehicle.state().isReplay)
      throw new Refusal('CONFLICT', 'This is a recording: nothing can be sent. Leave it first.');
    this.#vehicle.requireReachable();
  }

  /** `doing`: "Files are read". */
  requireDisarmed(doing: string): void {
    if (this.#vehicle.state().armed)
      throw new Refusal(
        'CONFLICT',
        `The drone is armed. ${doing} on the ground, disarmed. Nothing was sent.`,
      );
  }
}
