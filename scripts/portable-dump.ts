/** Settings that PostgreSQL 17 and 18 brought and that 15 refuses; they only guard the loading session. */
const NEWER_SETTINGS = /^SET transaction_timeout = .*;$/;
/** Guards of psql against a dump that was tampered with; a psql that is not up to date does not know them. */
const NEWER_COMMANDS = /^\\(un)?restrict( .*)?$/;
const FIRST_OBJECT = /^-- Name: /;
const LAST_LINES = 10;

/** A dump of PostgreSQL 18 as one that 15 loads as well, with the roles that its rules are about. */
export function portableDump(dump: string, roles: readonly string[]): string {
  const lines = dump.split('\n');
  const first = lines.findIndex((line) => FIRST_OBJECT.test(line));
  // Between its two ends a dump holds what people wrote: nothing there is touched.
  const kept = lines.filter((line, index) => {
    const isWithin = index >= first && index < lines.length - LAST_LINES;
    return isWithin || !(NEWER_SETTINGS.test(line) || NEWER_COMMANDS.test(line));
  });
  return `${roles.map(createRole).join('')}${kept.join('\n')}`;
}

function createRole(name: string): string {
  const quoted = name.replaceAll('"', '""');
  return `DO $$ BEGIN CREATE ROLE "${quoted}" NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;\n`;
}
