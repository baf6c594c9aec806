import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What the tests need beyond npm: a program that shows whether it is there, and the package that brings it. */
const NEEDED = [
  { program: '/usr/bin/chromium', package: 'chromium' },
  { program: '/usr/lib/postgresql/15/bin/postgres', package: 'postgresql-15' },
  { program: '/usr/share/postgresql/15/extension/postgis.control', package: 'postgresql-15-postgis-3' },
  { program: '/usr/bin/socat', package: 'socat' },
  { program: '/usr/share/postgresql/15/extension/pg_cron.control', package: 'postgresql-15-cron' },
  { program: '/usr/sbin/pgbouncer', package: 'pgbouncer' },
  { program: '/usr/bin/redis-server', package: 'redis-server' },
  { program: '/usr/bin/openssl', package: 'openssl' },
];

const missing = NEEDED.filter(({ program }) => !existsSync(program)).map((need) => need.package);
if (missing.length > 0) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.error(
      `The tests need these Debian packages: ${missing.join(' ')}. Install them, then run the tests again.`,
    );
    process.exit(1);
  }
  console.error(`Installing ${missing.join(' ')} …`);
  const run = (args: string[]): number | null =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status;
  if (
    run(['update', '-qq']) !== 0 ||
    run(['install', '-y', '-qq', '--no-install-recommends', ...missing]) !== 0
  ) {
    console.error(`These Debian packages could not be installed: ${missing.join(' ')}.`);
    process.exit(1);
  }
}
