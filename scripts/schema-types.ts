import type { PGliteInterface } from '@electric-sql/pglite';

interface Column {
  table_name: string;
  column_name: string;
  udt_name: string;
  is_nullable: 'YES' | 'NO';
  column_default: string | null;
  is_identity: 'YES' | 'NO';
  is_generated: 'ALWAYS' | 'NEVER';
}

const TYPES: Record<string, string> = {
  bool: 'boolean',
  bpchar: 'string',
  date: 'string',
  float8: 'number',
  geography: 'Geography',
  int4: 'number',
  int8: 'number',
  jsonb: 'Json',
  numeric: 'number',
  text: 'string',
  _text: 'string[]',
  bytea: 'Uint8Array',
  timestamptz: 'InstantMs',
  uuid: 'string',
  varchar: 'string',
};

const HEADER = `// Written by scripts/build-database.ts from the migrated database. Do not edit: change the migrations.
import type { Generated, GeneratedAlways } from 'kysely';

/** Milliseconds since 1970, UTC. */
export type InstantMs = number;
/** Only ever made and read by PostGIS functions in SQL. */
export type Geography = string & { readonly isGeography: never };
export type Json = object;
`;

/** The tables of a migrated database as TypeScript, for the query builder. */
export async function schemaTypes(database: PGliteInterface): Promise<string> {
  const { rows } = await database.query<Column>(`
    SELECT columns.table_name, column_name, udt_name, is_nullable, column_default, is_identity, is_generated
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
      AND table_name NOT IN ('spatial_ref_sys', 'flyway_schema_history')
    ORDER BY columns.table_name, ordinal_position`);
  const tables = Map.groupBy(rows, (column) => column.table_name);
  const interfaces = [...tables].map(
    ([table, columns]) =>
      `\nexport interface ${typeName(table)} {\n${columns.map((column) => `  ${column.column_name}: ${columnType(column)};\n`).join('')}}\n`,
  );
  const names = [...tables.keys()].map((table) => `  ${table}: ${typeName(table)};\n`).join('');
  return `${HEADER}${interfaces.join('')}\nexport interface Schema {\n${names}}\n`;
}

function columnType(column: Column): string {
  const plain = TYPES[column.udt_name];
  if (plain === undefined)
    throw new Error(
      `No TypeScript type is known for ${column.table_name}.${column.column_name} (${column.udt_name}).`,
    );
  const type = column.is_nullable === 'YES' ? `${plain} | null` : plain;
  if (column.is_generated === 'ALWAYS') return `GeneratedAlways<${type}>`;
  return column.column_default !== null || column.is_identity === 'YES' ? `Generated<${type}>` : type;
}

function typeName(table: string): string {
  return table.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
