import type { Frame, MessageDefinition } from '../mavlink/frame.ts';

/** One way to a vehicle, over one link and one peer. */
export interface VehiclePath {
  readonly linkId: string;
  readonly systemId: number;
  /** Monotonic clock; while a frame is handed over, when it came. */
  readonly lastHeardMs: number;
  readonly packetsPerSecond: number;
  readonly lossPercent: number;
  /** There and back; null: not measured. */
  readonly roundTripMs: number | null;
}

/** The links as the vehicles need them; bytes out. */
export interface FrameLinks {
  /** What comes over these links was recorded earlier, and nothing can be sent. */
  readonly isReplay: boolean;
  onFrame(listener: (frame: Frame, path: VehiclePath) => void): () => void;
  paths(systemId: number): readonly VehiclePath[];
  pathInUse(systemId: number): VehiclePath | null;
  /** False: nothing was sent. */
  send(systemId: number, bytes: Uint8Array): boolean;
  sendOn(path: VehiclePath, bytes: Uint8Array): boolean;
  sendToPeers(bytes: Uint8Array): void;
  /** How long a packet was under way on a path, there and back. */
  measured(path: VehiclePath, roundTripMs: number): void;
}

/** The links as one vehicle sees them; messages out. */
export interface VehicleLinks extends Pick<FrameLinks, 'isReplay' | 'paths' | 'pathInUse' | 'measured'> {
  sendOn<Fields>(path: VehiclePath, definition: MessageDefinition<Fields>, fields: Fields): void;
}
