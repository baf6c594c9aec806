import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MESSAGE_DEFINITIONS } from '../../../main/station/mavlink/generated/messages.ts';
import { generate } from '../../../scripts/generate-mavlink.ts';

test('the committed readers and writers are what the generator makes of today’s metadata', () => {
  for (const [path, text] of generate())
    expect(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8') === text, path).toBe(true);
});

test('messages that come from our own XML have the checksum bytes and lengths of the standard', () => {
  const byName = new Map(MESSAGE_DEFINITIONS.map((definition) => [definition.name, definition]));
  expect(byName.get('ESC_INFO')).toMatchObject({ id: 290, crcExtra: 251, maxLength: 46 });
  expect(byName.get('ESC_STATUS')).toMatchObject({ id: 291, crcExtra: 10, maxLength: 57 });
  expect(byName.get('COMMAND_CANCEL')).toMatchObject({ id: 80, crcExtra: 14, maxLength: 4 });
  expect(byName.get('SKYRESCUE_INFERENCE_STATUS')).toMatchObject({ id: 42100 });
  expect(byName.get('SKYRESCUE_AED_STATUS')).toMatchObject({ id: 42101, maxLength: 19 });
  expect(byName.get('SKYRESCUE_VOICE')).toMatchObject({ id: 42102 });
});

test('every message fits a frame and has an id of its own', () => {
  expect(new Set(MESSAGE_DEFINITIONS.map(({ id }) => id)).size).toBe(MESSAGE_DEFINITIONS.length);
  for (const { maxLength, minLength, name } of MESSAGE_DEFINITIONS) {
    expect(maxLength, name).toBeLessThanOrEqual(255);
    expect(minLength, name).toBeLessThanOrEqual(maxLength);
  }
});
