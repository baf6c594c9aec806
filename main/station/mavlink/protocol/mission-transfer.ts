import type { Frame } from '../frame.ts';
import { MAV_MISSION_RESULT } from '../generated/enums.ts';
import { MissionClear } from './mission-clear.ts';
import { MissionDownload, MOST_ITEMS } from './mission-download.ts';
import {
  MissionExchange,
  refusal,
  type TransferRefusal,
  type TransferTarget,
  type TransferUnknown,
} from './mission-exchange.ts';
import { MissionUpload, type TransferItem, type UploadSent } from './mission-upload.ts';
import { type ProtocolPort, requireOneTarget } from './protocol-port.ts';

export interface TransferRequest extends TransferTarget {
  /** Called when the first packet was handed to the port. */
  readonly onFirstPacket?: (() => void) | undefined;
  /** 0–100. */
  readonly onProgress?: ((percent: number) => void) | undefined;
  /** After a transfer that is done: what the vehicle calls the plan it now holds; null: it gives no ids. */
  readonly onPlanId?: ((planId: number | null) => void) | undefined;
}

export interface UploadRequest extends TransferRequest {
  readonly items: readonly TransferItem[];
}

/**
 * REFUSED and UNKNOWN say nothing sure about the vehicle's plan: ArduPilot's upload is not atomic. Read it back.
 */
export type TransferOutcome = { readonly state: 'DONE' } | TransferRefusal | TransferUnknown;

/** SENT: the vehicle has everything and its last answer was lost. Read it back. */
export type UploadOutcome = TransferOutcome | UploadSent;

export type DownloadOutcome =
  | { readonly state: 'DONE'; readonly items: readonly TransferItem[] }
  | TransferRefusal
  | TransferUnknown;

interface Running {
  start(): void;
  receive(frame: Frame): void;
}

/**
 * Plans, fences and rally points to and from any number of vehicles; one transfer a vehicle at a time, because
 * autopilots have only one.
 */
export class MissionTransfer {
  readonly #port: ProtocolPort;
  readonly #running = new Map<string, { transfer: Running; cancel: () => void }>();

  constructor(port: ProtocolPort) {
    this.#port = port;
  }

  /** Rejects with RangeError for target 0 or a value that is no number, and with what `port.send` throws. */
  async upload(request: UploadRequest): Promise<UploadOutcome> {
    if (request.items.length > MOST_ITEMS) {
      const text = `The plan has ${request.items.length} items. More than ${MOST_ITEMS} are not sent.`;
      return refusal(MAV_MISSION_RESULT.NO_SPACE, text);
    }
    request.items.forEach(requireSoundItem);
    return this.#run<{ state: 'DONE' } | UploadSent>(
      request,
      (exchange) => new MissionUpload(exchange, request.items, request.onProgress ?? (() => {})),
    );
  }

  async download(request: TransferRequest): Promise<DownloadOutcome> {
    return this.#run<{ state: 'DONE'; items: TransferItem[] }>(
      request,
      (exchange) => new MissionDownload(exchange, request.onProgress ?? (() => {})),
    );
  }

  async clear(request: TransferRequest): Promise<TransferOutcome> {
    return this.#run<{ state: 'DONE' }>(request, (exchange) => new MissionClear(exchange));
  }

  receive(frame: Frame): void {
    this.#running.get(`${frame.systemId}/${frame.componentId}`)?.transfer.receive(frame);
  }

  /** Ends every transfer that runs as UNKNOWN. */
  close(): void {
    for (const { cancel } of [...this.#running.values()]) cancel();
  }

  async #run<Done extends { readonly state: 'DONE' | 'SENT' }>(
    request: TransferRequest,
    make: (exchange: MissionExchange<Done>) => Running,
  ): Promise<Done | TransferRefusal | TransferUnknown> {
    requireOneTarget(request);
    const key = `${request.systemId}/${request.componentId}`;
    if (this.#running.has(key)) {
      const text = 'Another plan is being transferred to or from this vehicle. Wait for it.';
      return refusal(MAV_MISSION_RESULT.ERROR, text);
    }
    const exchange = new MissionExchange<Done>(this.#port, request, request.onFirstPacket ?? (() => {}));
    const transfer = make(exchange);
    this.#running.set(key, { transfer, cancel: () => exchange.giveUp(null) });
    try {
      transfer.start();
      const outcome = await exchange.outcome;
      if (outcome.state === 'DONE') request.onPlanId?.(exchange.planId === 0 ? null : exchange.planId);
      return outcome;
    } finally {
      this.#running.delete(key);
    }
  }
}

/** A value that is no number would reach the vehicle as 0: a waypoint in the Gulf of Guinea. */
function requireSoundItem(item: TransferItem, index: number): void {
  const inRange = (value: number, limit: number) => Number.isInteger(value) && Math.abs(value) <= limit;
  if (!inRange(item.x, 0x7fffffff) || !inRange(item.y, 0x7fffffff) || !Number.isFinite(item.z))
    throw new RangeError(`Item ${index} has a position that is none.`);
}
