import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const RENDERER = join(import.meta.dirname, '../../../renderer');

test('the page writes an ellipsis right behind its word, everywhere', () => {
  const spaced = readdirSync(RENDERER, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .flatMap((path) =>
      readFileSync(join(RENDERER, path), 'utf8')
        .split('\n')
        .filter((line) => / …/.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
  expect(spaced).toEqual([]);
});
