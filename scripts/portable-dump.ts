/** Settings that PostgreSQL 17 and 18 brought and that 15 refuses; they only guard the loading session. */
const NEWER_SETTINGS = /^SET transaction_timeout = .*;\n/m;
const FIRST_OBJECT = '\n-- Name: ';

/** A dump of PostgreSQL 18 as one that 15 loads as well, with the roles that its rules are about. */
export function portableDump(dump: string, roles: readonly string[]): string {
  // From the first object on a dump holds what people wrote: nothing there is touched.
  const headLength = Math.max(0, dump.indexOf(FIRST_OBJECT));
  const head = dump.slice(0, headLength).replace(NEWER_SETTINGS, '');
  return `${roles.map(createRole).join('')}${head}${dump.slice(headLength)}`;
}

function createRole(name: string): string {
  const quoted = name.replaceAll('"', '""');
  return `DO $$ BEGIN CREATE ROLE "${quoted}" NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;\n`;
}
