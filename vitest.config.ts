import { defineConfig } from 'vitest/config';

const suite = (name: string, testTimeoutMs: number) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.{ts,tsx}`],
    testTimeout: testTimeoutMs,
    hookTimeout: testTimeoutMs,
  },
});

/** unit: pure and quick; integration: real database, sockets, processes; sim: seeded worlds; e2e: a real browser. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    pool: 'forks',
    projects: [
      suite('unit', 10_000),
      suite('integration', 60_000),
      suite('sim', 120_000),
      suite('e2e', 180_000),
    ],
  },
});
