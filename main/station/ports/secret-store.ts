/** Where the station's own key is kept: never in the database, so that a copy of the records betrays no secret. */
export interface SecretStore {
  /** 32 bytes, made at the first use and the same ever after. Refuses (STORAGE_UNAVAILABLE) what it cannot read. */
  stationKey(): Promise<Uint8Array>;
}
