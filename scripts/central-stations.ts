import { createHash, randomBytes } from 'node:crypto';
import type { Client, Pool } from 'pg';
import { Refusal } from '../preload/contract/errors.ts';

const TOKEN_BYTES = 32;

type Administrator = Pick<Client | Pool, 'query'>;

export interface NewStation {
  readonly stationId: string;
  readonly name: string;
  /** Two-letter codes of the states whose calls it sees. */
  readonly states: readonly string[];
  readonly validDays: number;
}

/** Answers the token: nobody can read it again, the server keeps a hash only. */
export async function addStation(client: Administrator, station: NewStation): Promise<string> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}$/.test(station.stationId) || station.stationId === 'central')
    throw new Refusal(
      'INVALID_INPUT',
      'A station id has letters, digits, - _ and . only, and is not "central".',
    );
  const wrong = station.states.find((state) => !/^[A-Z]{2}$/.test(state));
  if (wrong !== undefined)
    throw new Refusal('INVALID_INPUT', `${wrong} is not a state's code of two letters.`);
  const { token, hash } = newToken();
  const { rowCount } = await client.query(
    `INSERT INTO sync.stations (station_id, name, coverage_states, token_hash, token_expires_at)
     VALUES ($1, $2, $3, $4, now() + make_interval(days => $5)) ON CONFLICT (station_id) DO NOTHING`,
    [station.stationId, station.name, station.states, hash, station.validDays],
  );
  if (rowCount === 0)
    throw new Refusal(
      'CONFLICT',
      `There is a station ${station.stationId} already. rotate-token gives it a new token.`,
    );
  return token;
}

/** The old token ends at once; a revoked station may come back with the new one. */
export async function rotateToken(
  client: Administrator,
  stationId: string,
  validDays: number,
): Promise<string> {
  const { token, hash } = newToken();
  const { rowCount } = await client.query(
    `UPDATE sync.stations SET token_hash = $2, token_expires_at = now() + make_interval(days => $3), revoked_at = NULL
     WHERE station_id = $1`,
    [stationId, hash, validDays],
  );
  requireStation(rowCount, stationId);
  return token;
}

export async function revokeStation(client: Administrator, stationId: string): Promise<void> {
  const { rowCount } = await client.query(
    'UPDATE sync.stations SET revoked_at = now() WHERE station_id = $1',
    [stationId],
  );
  requireStation(rowCount, stationId);
}

export async function setCoverage(
  client: Administrator,
  stationId: string,
  states: readonly string[],
): Promise<void> {
  const { rowCount } = await client.query(
    'UPDATE sync.stations SET coverage_states = $2 WHERE station_id = $1',
    [stationId, states],
  );
  requireStation(rowCount, stationId);
}

export interface StationStatus {
  readonly stationId: string;
  readonly name: string;
  readonly states: readonly string[];
  readonly token: 'VALID' | 'EXPIRED' | 'REVOKED';
  readonly lastSeenAt: Date | null;
  readonly groups: number;
  readonly rejected: number;
}

export async function stationStatuses(client: Administrator): Promise<StationStatus[]> {
  const { rows } = await client.query<StationStatus>(
    `SELECT station_id AS "stationId", name, coverage_states AS states,
       CASE WHEN revoked_at IS NOT NULL THEN 'REVOKED' WHEN token_expires_at <= now() THEN 'EXPIRED' ELSE 'VALID' END AS token,
       last_seen_at AS "lastSeenAt",
       (SELECT coalesce(sum(groups_settled), 0)::INTEGER FROM sync.ledger AS l WHERE l.station_id = s.station_id) AS groups,
       (SELECT count(*)::INTEGER FROM sync.rejected AS r WHERE r.station_id = s.station_id) AS rejected
     FROM sync.stations AS s ORDER BY station_id`,
  );
  return rows;
}

function newToken(): { token: string; hash: Buffer } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: createHash('sha256').update(token).digest() };
}

function requireStation(rowCount: number | null, stationId: string): void {
  if (rowCount !== 1)
    throw new Refusal('NOT_FOUND', `There is no station ${stationId}. See: npm run central -- status.`);
}
