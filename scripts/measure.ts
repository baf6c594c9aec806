import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Figure } from '../test/bench/figure.ts';

/**
 * `npm run bench|chaos|soak -- SUITE [--seed N] [--rounds K]`: runs one suite, or all, and prints one JSON line a
 * figure. Exits with 1 when a target is missed.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' }, rounds: { type: 'string', default: '5' } },
});
const [kind = 'bench', suite] = positionals;
const directory = join(import.meta.dirname, '../test', kind);
const available = existsSync(directory)
  ? readdirSync(directory)
      .filter((name) => name.endsWith('.ts') && name !== 'figure.ts')
      .map((name) => name.slice(0, -3))
  : [];
const chosen = suite === undefined ? available : [suite];
const unknown = chosen.find((name) => !available.includes(name));
if (unknown !== undefined || available.length === 0) {
  console.error(`There is no ${kind} suite ${unknown ?? ''}. There are: ${available.join(', ') || 'none'}.`);
  process.exit(2);
}

let missed = 0;
for (const name of chosen) {
  const { run } = (await import(join(directory, `${name}.ts`))) as {
    run(options: { seed: number; rounds: number }): Promise<Figure[]>;
  };
  for (const figure of await run({ seed: Number(values.seed), rounds: Number(values.rounds) })) {
    console.log(JSON.stringify(figure));
    if (!figure.ok) missed += 1;
  }
}
process.exitCode = missed === 0 ? 0 : 1;
