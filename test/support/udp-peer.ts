import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A socket on the loopback that talks to one port, as a vehicle does. */
export class UdpPeer {
  readonly port: number;
  readonly received: Buffer[] = [];
  onDatagram: (bytes: Buffer) => void = () => {};
  /** The port that a datagram came from. */
  onSender: (port: number) => void = () => {};
  readonly #socket: Socket;
  readonly #stationPort: number;

  private constructor(socket: Socket, stationPort: number) {
    this.#socket = socket;
    this.port = socket.address().port;
    this.#stationPort = stationPort;
    socket.on('message', (bytes, from) => {
      this.onSender(from.port);
      this.received.push(bytes);
      this.onDatagram(bytes);
    });
  }

  static async open(stationPort: number, port = 0): Promise<UdpPeer> {
    const socket = createSocket('udp4');
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    return new UdpPeer(socket, stationPort);
  }

  /** To the station, or to whoever `port` is. */
  send(bytes: Uint8Array, port = this.#stationPort): void {
    this.#socket.send(bytes, port, '127.0.0.1');
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

/** A port that was free a moment ago. */
export async function freeUdpPort(): Promise<number> {
  const peer = await UdpPeer.open(0);
  await peer.close();
  return peer.port;
}
