import { defineConfig } from 'vitest/config';

/**
 * `retry`: where real processes fly several times faster than life, one stall of a busy machine is a lost link to them.
 * Such a test may fly once more; the report says so. Everything that runs on a fake clock gets no second try.
 */
const suite = (name: string, testTimeoutMs: number, retry = 0) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.{ts,tsx}`],
    testTimeout: testTimeoutMs,
    hookTimeout: testTimeoutMs,
    retry,
  },
});

/** unit: pure and quick; integration: real database, sockets, processes; sim: seeded worlds; e2e: a real browser. */
export default defineConfig({
  test: {
    maxWorkers: 3,
    pool: 'forks',
    projects: [
      suite('unit', 10_000),
      suite('integration', 60_000, 1),
      suite('sim', 120_000),
      suite('e2e', 180_000, 1),
    ],
  },
});
