import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Client } from 'pg';
import { Refusal } from '../preload/contract/errors.ts';
import { connectAsAdministrator, LOGIN_ROLE, migrateCentral } from './central-database.ts';
import { startCentralDev } from './central-dev.ts';
import { addStation, revokeStation, rotateToken, setCoverage, stationStatuses } from './central-stations.ts';
import { verifyCentral } from './central-verify.ts';

/** The administrator's tool for the central server. */
const USAGE = `npm run central -- COMMAND --url postgresql://admin@host/database [--ca FILE]
  migrate                                    brings the database to this program's version; with SKYRESCUE_SYNC_PASSWORD
                                             in the environment, that becomes the password of the stations' login
  status                                     stations, when they were seen, what was refused
  verify                                     roles, rights, row-level security, functions, migrations
  add-station --id ID --name NAME --states CA,NV [--days 365]   prints the station's token, once
  set-states --id ID --states CA,NV          the station then gets and lets go of what that changes
  rotate-token --id ID [--days 365]          prints a new token; the old one ends
  revoke-station --id ID                     its token ends; what it recorded stays
  maintain                                   retention; daily, where pg_cron does not do it
  new-epoch                                  after a restore into the same database: every station compares anew
  dev [--dir DIR]                            PostgreSQL, PgBouncer and Redis on this machine until Ctrl-C
The password may stand in PGPASSWORD instead of the address.`;

const DAYS = 365;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    ca: { type: 'string' },
    id: { type: 'string' },
    name: { type: 'string' },
    states: { type: 'string' },
    days: { type: 'string' },
    dir: { type: 'string' },
  },
});

const COMMANDS: Readonly<Record<string, (client: Client) => Promise<void>>> = {
  migrate,
  status,
  verify,
  'add-station': async (client) =>
    showToken(
      await addStation(client, {
        stationId: needed('id'),
        name: needed('name'),
        states: states(),
        validDays: days(),
      }),
    ),
  'set-states': (client) => setCoverage(client, needed('id'), states()),
  'rotate-token': async (client) => showToken(await rotateToken(client, needed('id'), days())),
  'revoke-station': (client) => revokeStation(client, needed('id')),
  maintain: async (client) => void (await client.query('CALL sync.maintain()')),
  'new-epoch': async (client) => void (await client.query('SELECT sync.begin_epoch()')),
};

try {
  const [name = ''] = positionals;
  const command = COMMANDS[name];
  if (name === 'dev') await dev();
  else if (command === undefined) throw new Refusal('INVALID_INPUT', USAGE);
  else await withClient(command);
} catch (error) {
  console.error(error instanceof Refusal ? error.message : `The central server refused: ${reasonOf(error)}.`);
  process.exitCode = 1;
}

async function withClient(command: (client: Client) => Promise<void>): Promise<void> {
  const client = await connectAsAdministrator(needed('url'), values.ca ?? null);
  try {
    await command(client);
  } finally {
    await client.end();
  }
}

async function migrate(client: Client): Promise<void> {
  const applied = await migrateCentral(client, console.log);
  const password = process.env.SKYRESCUE_SYNC_PASSWORD;
  if (password !== undefined)
    await client.query(`ALTER ROLE ${LOGIN_ROLE} PASSWORD ${client.escapeLiteral(password)}`);
  console.log(applied === 0 ? 'The database is current.' : `${applied} migrations applied.`);
}

async function status(client: Client): Promise<void> {
  const { rows } = await client.query<{ sentence: string }>(
    `SELECT format('Epoch %s since %s. Telemetry in %s. Last maintained: %s. Open conflicts: %s. Drones flown twice: %s.',
       epoch, to_char(epoch_since, 'YYYY-MM-DD HH24:MI TZ'), lower(telemetry_kind),
       coalesce(to_char(last_maintained_at, 'YYYY-MM-DD HH24:MI TZ'), 'never'),
       (SELECT count(*) FROM public.sync_conflicts WHERE decision IS NULL),
       (SELECT count(*) FROM sync.double_allocations)) AS sentence FROM sync.server`,
  );
  console.log(rows[0]?.sentence);
  for (const station of await stationStatuses(client))
    console.log(
      `${station.stationId}  ${station.name}  states ${station.states.join(',') || 'none'}  token ${station.token.toLowerCase()}  last seen ${station.lastSeenAt?.toISOString() ?? 'never'}  ${station.groups} groups, ${station.rejected} refused`,
    );
}

async function verify(client: Client): Promise<void> {
  const wrong = await verifyCentral(client, (what, isFine) =>
    console.log(`${isFine ? 'ok   ' : 'WRONG'} ${what}`),
  );
  if (wrong.length > 0) throw new Refusal('CONFLICT', wrong.join('\n'));
}

async function dev(): Promise<void> {
  const servers = await startCentralDev(values.dir === undefined ? null : resolve(values.dir), console.log);
  console.log(`administrator  ${servers.administratorUrl}`);
  console.log(`stations       ${servers.stationUrl}`);
  console.log(`redis          ${servers.redis.url}`);
  console.log('Ctrl-C stops them.');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await servers.stop();
}

function showToken(token: string): void {
  console.log(token);
  console.error('This is the only time that the token is shown. Enter it at the station under System, Sync.');
}

function needed(option: 'url' | 'id' | 'name' | 'states'): string {
  const value = values[option];
  if (value === undefined) throw new Refusal('INVALID_INPUT', `--${option} is missing.\n${USAGE}`);
  return value;
}

function states(): string[] {
  return needed('states')
    .toUpperCase()
    .split(',')
    .map((state) => state.trim());
}

function days(): number {
  const value = Number(values.days ?? DAYS);
  if (!Number.isInteger(value) || value < 1)
    throw new Refusal('INVALID_INPUT', '--days is a number of days.');
  return value;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
