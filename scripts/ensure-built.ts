import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Builds once, where nothing has been built yet: a start in the field must not wait for a build. */
if (!existsSync(join(import.meta.dirname, '../out/main/headless.js'))) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
