/** A point in metres north, east and up of a vehicle's base, ground level there being 0. */
export interface LocalPoint {
  readonly northM: number;
  readonly eastM: number;
  readonly upM: number;
}

/** Flat earth around one base: the same mapping both ways, so what is flown to is what is reported. */
export class LocalFrame {
  readonly #originLatitudeE7: number;
  readonly #originLongitudeE7: number;
  readonly #metresPerLatitudeE7: number;
  readonly #metresPerLongitudeE7: number;

  constructor(latitudeDeg: number, longitudeDeg: number) {
    const latitudeRad = (latitudeDeg * Math.PI) / 180;
    this.#originLatitudeE7 = latitudeDeg * 1e7;
    this.#originLongitudeE7 = longitudeDeg * 1e7;
    // Length of a degree on the WGS 84 ellipsoid, first terms of the usual series.
    this.#metresPerLatitudeE7 = (111_132.95 - 559.85 * Math.cos(2 * latitudeRad)) / 1e7;
    this.#metresPerLongitudeE7 =
      (111_412.88 * Math.cos(latitudeRad) - 93.5 * Math.cos(3 * latitudeRad)) / 1e7;
  }

  northM(latitudeE7: number): number {
    return (latitudeE7 - this.#originLatitudeE7) * this.#metresPerLatitudeE7;
  }

  eastM(longitudeE7: number): number {
    return (longitudeE7 - this.#originLongitudeE7) * this.#metresPerLongitudeE7;
  }

  latitudeE7(northM: number): number {
    return Math.round(this.#originLatitudeE7 + northM / this.#metresPerLatitudeE7);
  }

  longitudeE7(eastM: number): number {
    return Math.round(this.#originLongitudeE7 + eastM / this.#metresPerLongitudeE7);
  }
}
