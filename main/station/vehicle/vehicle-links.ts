import type { Frame, MessageDefinition } from '../mavlink/frame.ts';

/** One way to a vehicle, over one link and one peer. */
export interface VehiclePath {
  readonly linkId: string;
  readonly systemId: number;
  /** Monotonic clock. */
  readonly lastHeardMs: number;
  readonly packetsPerSecond: number;
  readonly lossPercent: number;
}

/** The links as the vehicles need them; bytes out. */
export interface FrameLinks {
  onFrame(listener: (frame: Frame, path: VehiclePath) => void): () => void;
  paths(systemId: number): readonly VehiclePath[];
  pathInUse(systemId: number): VehiclePath | null;
  /** False: nothing was sent. */
  send(systemId: number, bytes: Uint8Array): boolean;
  sendOn(path: VehiclePath, bytes: Uint8Array): boolean;
  sendToPeers(bytes: Uint8Array): void;
}

/** The links as one vehicle sees them; messages out. */
export interface VehicleLinks extends Pick<FrameLinks, 'paths' | 'pathInUse'> {
  sendOn<Fields>(path: VehiclePath, definition: MessageDefinition<Fields>, fields: Fields): void;
}
