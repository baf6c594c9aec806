import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const document = readFileSync(join(root, 'docs/data.md'), 'utf8');
const schema = readFileSync(join(root, 'db/schema.ts'), 'utf8');

/** The tables of db/schema.ts and their columns: what the migrated database has. */
function tablesOfSchema(): [table: string, columns: string[]][] {
  const body = (name: string): string =>
    new RegExp(`^export interface ${name} \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(schema)?.[1] ?? '';
  const tables = [...body('Schema').matchAll(/^ {2}'?(\w+)'?: (\w+);/gm)];
  return tables.map(([, table = '', type = '']) => [
    table,
    [...body(type).matchAll(/^ {2}(\w+):/gm)].map(([, column = '']) => column),
  ]);
}

/** Where the document speaks of a table: its section, or its line among the tables that were added. */
function placeOf(table: string): string {
  const section = document
    .split(/^(?=##+ )/m)
    .find((part) => part.split('\n', 1)[0]?.includes(`\`${table}\``));
  return section ?? document.split('\n').find((line) => line.startsWith(`| \`${table}\``)) ?? '';
}

describe('docs/data.md', () => {
  test.each(tablesOfSchema())('names the table %s and every column of it', (table, columns) => {
    const place = placeOf(table);
    expect(columns.length).toBeGreaterThan(1);
    expect(columns.filter((column) => !place.includes(`\`${column}\``))).toEqual([]);
  });

  test('knows all tables of the migrated database', () => {
    expect(tablesOfSchema().length).toBeGreaterThanOrEqual(17);
  });

  test('names tests that exist', () => {
    const named = [...document.matchAll(/\btest\/[\w./-]+\.test\.ts/g)].map(([path]) => path);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('names files that exist', () => {
    const named = [...document.matchAll(/`((?:db|main)\/[\w./-]+)`/g)].map(([, path = '']) => path);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('says of every line which test would fail, by a name that it explains, or that there is none', () => {
    const shortNames = new Set([...document.matchAll(/^\| (\w+) \| test\//gm)].map(([, name]) => name));
    let column = -1;
    for (const line of document.split('\n')) {
      const cells = line.split('|').map((cell) => cell.trim());
      if (cells.at(-2) === 'test' || cells.at(-2) === 'file')
        column = cells.at(-2) === 'test' ? cells.length - 2 : -1;
      else if (!line.startsWith('|')) column = -1;
      else if (column > 0 && !line.startsWith('|--'))
        for (const name of cells[column]?.split(', ') ?? [])
          expect(
            name === '–' || name === 'not yet' || shortNames.has(name) || existsSync(join(root, name)),
            `"${name}" in: ${line}`,
          ).toBe(true);
    }
  });
});
