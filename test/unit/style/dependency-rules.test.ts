import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

/** A file with one forbidden import, where the rule has to see it. */
const PLANTED = [
  {
    rule: 'page-knows-only-the-contract',
    folder: 'renderer',
    import: '../../main/station/ports/clock.ts',
    name: 'Clock',
  },
  {
    rule: 'capabilities-do-not-import-each-other',
    folder: 'main/station/alerts',
    import: '../../link/link-set.ts',
    name: 'LinkSet',
  },
  {
    rule: 'simulator-takes-no-shortcut',
    folder: 'main/simulator',
    import: '../../station/ports/clock.ts',
    name: 'Clock',
  },
];

test.each(PLANTED)(
  'the dependency rule $rule catches a planted type-only import',
  (planted) => {
    const directory = mkdtempSync(join(ROOT, planted.folder, 'planted-'));
    try {
      writeFileSync(
        join(directory, 'planted.ts'),
        `import type { ${planted.name} } from '${planted.import}';\nexport type Planted = ${planted.name};\n`,
      );
      const { stdout, status } = spawnSync('depcruise', [directory], { cwd: ROOT, encoding: 'utf8' });
      expect(stdout).toContain(planted.rule);
      expect(status).not.toBe(0);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
  30_000,
);
