import type { Client } from 'pg';
import { type AppliedMigration, pendingMigrations } from '../db/migrate.ts';
import { centralMigrations } from './central-database.ts';

interface Check {
  readonly what: string;
  /** Each row found is something that must not be; its first column says what. */
  readonly finds: string;
}

const LOGIN = "'skyrescue_sync'";
const OURS = `n.nspname IN ('public', 'sync') AND NOT EXISTS (
  SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')`;
const API = [
  ...['hello', 'push', 'pull', 'digests', 'bucket_rows', 'lease'],
  ...['begin_telemetry', 'finish_telemetry', 'push_telemetry_rows'],
];

const CHECKS: readonly Check[] = [
  {
    what: 'roles have no more power than they need',
    finds: `SELECT rolname FROM pg_roles WHERE rolname IN ('skyrescue_sync', 'skyrescue_sync_owner', 'skyrescue_station',
      'skyrescue_person') AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
      UNION ALL SELECT rolname || ' may sign in' FROM pg_roles WHERE rolname = 'skyrescue_sync_owner' AND rolcanlogin
      UNION ALL SELECT wanted || ' is missing' FROM unnest(ARRAY['skyrescue_sync', 'skyrescue_sync_owner']) AS wanted
      WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted)`,
  },
  {
    what: 'the login is a member of no role',
    finds: `SELECT pg_get_userbyid(roleid) FROM pg_auth_members WHERE pg_get_userbyid(member) = ${LOGIN}`,
  },
  {
    what: 'the login reaches no table',
    finds: `SELECT c.oid::regclass::TEXT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE ${OURS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (has_any_column_privilege(${LOGIN}, c.oid,
        'SELECT, INSERT, UPDATE, REFERENCES') OR has_table_privilege(${LOGIN}, c.oid, 'DELETE, TRUNCATE, TRIGGER'))
      UNION ALL SELECT c.oid::regclass::TEXT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE ${OURS} AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(${LOGIN}, c.oid, 'USAGE, SELECT, UPDATE') END`,
  },
  {
    what: 'the login makes nothing and names nothing in the schema of the records',
    finds: `SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND has_schema_privilege(${LOGIN}, oid, 'CREATE')
      UNION ALL SELECT 'schema public' WHERE has_schema_privilege(${LOGIN}, 'public', 'USAGE')
      UNION ALL SELECT 'temporary tables' WHERE has_database_privilege(${LOGIN}, current_database(), 'TEMPORARY, CREATE')`,
  },
  {
    what: 'the login calls exactly the functions of the protocol',
    finds: `SELECT p.oid::regprocedure::TEXT FROM pg_proc AS p WHERE p.pronamespace = 'sync'::regnamespace
        AND has_function_privilege(${LOGIN}, p.oid, 'EXECUTE') <> (p.proname = ANY ('{${API}}'))
      UNION ALL SELECT wanted || ' is missing' FROM unnest('{${API}}'::TEXT[]) AS wanted
      WHERE NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'sync'::regnamespace AND proname = wanted)`,
  },
  {
    what: 'functions with more rights have a fixed search path and the right owner',
    finds: `SELECT oid::regprocedure::TEXT FROM pg_proc WHERE pronamespace = 'sync'::regnamespace AND prosecdef
        AND NOT EXISTS (SELECT FROM unnest(proconfig) AS setting WHERE setting LIKE 'search_path=%')
      UNION ALL SELECT oid::regprocedure::TEXT FROM pg_proc WHERE pronamespace = 'sync'::regnamespace
        AND proname = ANY ('{${API}}') AND pg_get_userbyid(proowner) <> 'skyrescue_sync_owner'`,
  },
  {
    what: 'row-level security is enforced, also for owners',
    finds: `SELECT oid::regclass::TEXT FROM pg_class WHERE relname IN ('emergencies', 'missions', 'mission_events',
        'voice_transcripts', 'weather_conditions', 'telemetry', 'dispatchers', 'sync_conflicts')
        AND relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND NOT (relrowsecurity AND relforcerowsecurity)`,
  },
  {
    what: 'every table that travels has its changes noted',
    finds: `SELECT table_name FROM sync_tables AS t WHERE pulled AND (SELECT count(*) FROM pg_trigger
        WHERE tgrelid = to_regclass('public.' || quote_ident(t.table_name)) AND tgname LIKE 'sync_note_%'
          AND tgenabled IN ('O', 'A')) <> 3`,
  },
];

/** What is wrong, a sentence each; empty: nothing. */
export async function verifyCentral(
  client: Client,
  onCheck: (what: string, isFine: boolean) => void,
): Promise<string[]> {
  const wrong: string[] = [];
  const { rows } = await client.query<AppliedMigration>(
    'SELECT version, checksum, success FROM public.flyway_schema_history WHERE version IS NOT NULL ORDER BY installed_rank',
  );
  const waiting = pendingMigrations(rows, centralMigrations());
  onCheck('migrations are applied and unchanged', waiting.length === 0);
  if (waiting.length > 0) wrong.push(`${waiting.length} migrations wait: run "migrate".`);
  for (const { what, finds } of CHECKS) {
    const { rows: found } = await client.query<string[]>({ text: finds, rowMode: 'array' });
    onCheck(what, found.length === 0);
    if (found.length > 0) wrong.push(`Not so: ${what} (${found.map(([name]) => name).join(', ')}).`);
  }
  return wrong;
}
