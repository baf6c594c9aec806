import { expect, test } from 'vitest';
import { linesOf, rowOf, withColumns } from '../../../main/station/sync/copy-text.ts';

const columns = ['time', 'drone_id', 'speed_ms'];
const text = ['1\tD\\\\t\\t\\n1\t\\N\n', '2\t\t5\n3\tE\t6\n'];

test("a row is read from COPY's text with its tabs, feeds and backslashes, absent and empty values told apart", () => {
  const rows = linesOf({ text }).map((line) => rowOf(line, columns));
  expect(rows).toEqual([
    { time: '1', drone_id: 'D\\t\t\n1', speed_ms: null },
    { time: '2', drone_id: '', speed_ms: '5' },
    { time: '3', drone_id: 'E', speed_ms: '6' },
  ]);
});

test('columns that the other side does not know stay out, the portions as they were', () => {
  expect(withColumns({ columns, text }, ['speed_ms', 'other', 'time'])).toEqual({
    columns: ['time', 'speed_ms'],
    text: ['1\t\\N\n', '2\t5\n3\t6\n'],
  });
  expect(withColumns({ columns, text }, ['other', ...columns]).text).toBe(text);
});
