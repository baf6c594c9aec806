/** Where the station's own key is kept: never in the database, so that a copy of the records betrays no secret. */
export interface SecretStore {
  /** 32 bytes, made at the first use and the same ever after. Refuses (STORAGE_UNAVAILABLE, CONFLICT) what it cannot read. */
  stationKey(): Promise<Uint8Array>;
  /** Where that key is. Refuses as `stationKey`. */
  place(): Promise<KeyPlace>;
}

export interface KeyPlace {
  keptIn: 'KEY_STORE' | 'FILE';
  /** What is not as it should be and what to do, for people; null: nothing. */
  notice: string | null;
}

/** What the operating system seals with a key that only this person on this computer can use. */
export interface KeyStore {
  /** Null: there is none here that protects what it is given. */
  seal(secret: string): Promise<string | null>;
  /** Null: it is locked, or did not seal this. `stale`: to be sealed anew, its own key has changed. */
  open(sealed: string): Promise<{ secret: string; stale: boolean } | null>;
}
