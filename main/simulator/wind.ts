import { between, gaussian, type Random } from './random.ts';

export interface MeanWind {
  readonly speedMps: number;
  /** Where it blows from, degrees true. */
  readonly fromDeg: number;
}

/** A day's wind over the city, by seed. */
export function seededWind(random: Random): MeanWind {
  return { speedMps: between(random, 1.5, 6), fromDeg: Math.round(between(random, 0, 359)) };
}

const GUST_CORRELATION_S = 3;
/** Standard deviation of gusts in proportion to the mean speed, as over a built-up area. */
const GUST_INTENSITY = 0.2;
/** Wind grows with height up to here. */
const FULL_WIND_HEIGHT_M = 30;

/** The air around one vehicle: the mean wind and gusts of its own (an Ornstein-Uhlenbeck process). */
export class Wind {
  northMps = 0;
  eastMps = 0;
  gustNorthMps = 0;
  gustEastMps = 0;
  readonly #meanNorthMps: number;
  readonly #meanEastMps: number;
  readonly #sigmaMps: number;
  readonly #random: Random;

  constructor(mean: MeanWind, random: Random) {
    const fromRad = (mean.fromDeg * Math.PI) / 180;
    this.#meanNorthMps = -mean.speedMps * Math.cos(fromRad);
    this.#meanEastMps = -mean.speedMps * Math.sin(fromRad);
    this.#sigmaMps = mean.speedMps * GUST_INTENSITY;
    this.#random = random;
  }

  step(dtS: number, heightM: number): void {
    const decay = dtS / GUST_CORRELATION_S;
    const kick = this.#sigmaMps * Math.sqrt(2 * decay);
    this.gustNorthMps += -this.gustNorthMps * decay + kick * gaussian(this.#random);
    this.gustEastMps += -this.gustEastMps * decay + kick * gaussian(this.#random);
    const share = 0.4 + 0.6 * Math.min(1, Math.max(0, heightM / FULL_WIND_HEIGHT_M));
    this.northMps = share * (this.#meanNorthMps + this.gustNorthMps);
    this.eastMps = share * (this.#meanEastMps + this.gustEastMps);
  }
}
