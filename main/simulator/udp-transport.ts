import { createSocket, type Socket } from 'node:dgram';

/** Frames of one step travel together up to this many bytes, as a radio bridge packs them. */
const DATAGRAM_BYTES = 1_200;

export interface UdpTarget {
  readonly host: string;
  readonly port: number;
}

/** One UDP socket a vehicle, so that the station sees as many peers as a real site has radios. */
export class UdpTransport {
  readonly #sockets = new Map<number, VehicleSocket>();

  /** Opens the sockets on free ports. Rejects when one cannot be opened. */
  async open(
    systemIds: readonly number[],
    target: UdpTarget,
    receive: (bytes: Uint8Array, systemId: number) => void,
  ): Promise<void> {
    for (const systemId of systemIds) {
      const socket = createSocket('udp4');
      const radio = new VehicleSocket(socket);
      this.#sockets.set(systemId, radio);
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        // Connected: the kernel then drops what strangers send.
        socket.once('connect', () => {
          socket.off('error', reject);
          // A refused port is a station that is not up yet: the radio goes on sending, as a real one does.
          socket.on('error', () => {});
          socket.on('message', (bytes) => {
            receive(bytes, systemId);
            // Answers do not wait for the next step.
            radio.flush();
          });
          resolve();
        });
        socket.connect(target.port, target.host);
      });
    }
  }

  transmit(bytes: Uint8Array, systemId: number): void {
    this.#sockets.get(systemId)?.add(bytes);
  }

  /** Sends what this step has gathered. */
  flush(): void {
    for (const socket of this.#sockets.values()) socket.flush();
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }
}

class VehicleSocket {
  readonly #socket: Socket;
  #frames: Uint8Array[] = [];
  #size = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  add(bytes: Uint8Array): void {
    if (this.#size + bytes.length > DATAGRAM_BYTES) this.flush();
    this.#frames.push(bytes);
    this.#size += bytes.length;
  }

  flush(): void {
    if (this.#frames.length === 0) return;
    // A send that fails is a lost datagram, which is what UDP promises.
    this.#socket.send(this.#frames, () => {});
    this.#frames = [];
    this.#size = 0;
  }

  close(): void {
    this.#socket.close();
  }
}
