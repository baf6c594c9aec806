const WINDOW_S = 5;

interface Second {
  readonly packets: number;
  readonly bytes: number;
}

/** Counts traffic in whole seconds and tells the rates over the last five of them. `tick` once a second. */
export class TrafficMeter {
  #packets = 0;
  #bytes = 0;
  readonly #past: Second[] = [];

  count(packets: number, bytes: number): void {
    this.#packets += packets;
    this.#bytes += bytes;
  }

  tick(): void {
    this.#past.push({ packets: this.#packets, bytes: this.#bytes });
    if (this.#past.length > WINDOW_S) this.#past.shift();
    this.#packets = 0;
    this.#bytes = 0;
  }

  packetsPerSecond(): number {
    return this.#perSecond('packets');
  }

  bytesPerSecond(): number {
    return this.#perSecond('bytes');
  }

  #perSecond(column: keyof Second): number {
    if (this.#past.length === 0) return 0;
    let sum = 0;
    for (const second of this.#past) sum += second[column];
    return sum / this.#past.length;
  }
}
