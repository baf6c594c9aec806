import { expect, test } from 'vitest';
import { FrameParser } from '../../../main/station/mavlink/frame-parser.ts';
import { FrameWriter } from '../../../main/station/mavlink/frame-writer.ts';
import { AUTOPILOT_VERSION, HEARTBEAT } from '../../../main/station/mavlink/generated/messages.ts';
import { CommandProtocol } from '../../../main/station/mavlink/protocol/command.ts';
import { ComponentBook } from '../../../main/station/vehicle/tools/component-book.ts';
import { ComponentFiles } from '../../../main/station/vehicle/tools/component-files.ts';
import { DRONE, simulatedDrone } from '../../support/simulated-drone.ts';

const EMPTY = { payload: new DataView(new ArrayBuffer(280)) };
const MAVLINK2_ONLY = 0x2000n;

function known() {
  const drone = simulatedDrone({ seed: 1, loss: 0, duplicates: 0, delayMs: 5 });
  const { port } = drone;
  const components = new ComponentBook(DRONE.systemId, new CommandProtocol(port));
  const { systemId, componentId: autopilotId } = DRONE;
  const files = new ComponentFiles({ port, systemId, autopilotId, components });
  const parser = new FrameParser((frame) => components.receive(frame, drone.clock.monotonicMs()));
  const writerOf = (componentId: number) => new FrameWriter(systemId, componentId);
  return {
    files,
    beats: (componentId: number) =>
      parser.push(writerOf(componentId).write(HEARTBEAT, HEARTBEAT.read(EMPTY))),
    says: (componentId: number, capabilities: bigint) =>
      parser.push(
        writerOf(componentId).write(AUTOPILOT_VERSION, { ...AUTOPILOT_VERSION.read(EMPTY), capabilities }),
      ),
    computer: () => drone.finish(files.onboardComputer()),
  };
}

test('where no onboard computer is heard, or it says that it serves no files, that is said', async () => {
  const { files, beats, says, computer } = known();
  beats(1);
  beats(236);
  await expect(computer()).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringMatching(/No onboard computer .* is heard/),
  });
  expect(files.of(191)).toBeNull();
  says(191, MAVLINK2_ONLY);
  await expect(computer()).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringMatching(/says that it serves no files/),
  });
});

test('of several onboard computers the one is asked that says that it serves files, else one that says nothing', async () => {
  const { beats, says, computer } = known();
  says(191, MAVLINK2_ONLY);
  // The simulator has none of these two: they answer no question.
  beats(192);
  expect(await computer()).toBe(192);
  says(193, MAVLINK2_ONLY | 0x20n);
  expect(await computer()).toBe(193);
});
