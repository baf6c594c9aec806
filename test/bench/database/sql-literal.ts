/**
 * A parameter of a statement, as it stands in a statement without parameters. A number that could be a time, in ms, is
 * taken for one unless its type is known to be another.
 */
export function literal(value: unknown, type = 'timestamp with time zone'): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' && value > 1e12 && type === 'timestamp with time zone')
    return `'${new Date(value).toISOString()}'`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return quoted(`{${value.map(element).join(',')}}`);
  return quoted(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function element(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return `"${String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
