import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DroneModels } from '../../../main/station/drone-models.ts';
import { forkedModelProcess } from '../../../main/station/inference/forked-model-process.ts';
import {
  createModelDesk,
  type ModelDesk,
  type ModelSource,
} from '../../../main/station/inference/model-desk.ts';
import { ModelWatch } from '../../../main/station/inference/model-watch.ts';
import { verifyModel } from '../../../main/station/inference/verify-model.ts';
import { FrameParser } from '../../../main/station/mavlink/frame-parser.ts';
import { FrameWriter } from '../../../main/station/mavlink/frame-writer.ts';
import { SKYRESCUE_INFERENCE_STATUS } from '../../../main/station/mavlink/generated/messages.ts';
import type { AlertRequest } from '../../../main/station/ports/alerts.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import type { ModelPlace, ModelVerification } from '../../../preload/contract/models.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { goldenFile } from '../../support/golden-file.ts';
import { simulatedVehicle } from '../../support/simulated-vehicle.ts';
import { brightnessDetector, darknessScorer, endlessModel, model, SIDE } from '../../support/small-models.ts';
import { NOW_MS } from '../db/build-records.ts';
import { openTestStore, type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';

const PROCESS = {
  startProcess: forkedModelProcess(
    new URL('../../../main/station/inference/inference-worker.ts', import.meta.url),
  ),
};
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const GENEROUS = { loadWithinMs: 60_000, runWithinMs: 60_000, memoryLimitBytes: 4e9 };

describe('verifying a model', () => {
  it('finds the people that the golden scenes have, where the model makes them known', async () => {
    const result = await verifyModel(brightnessDetector(), 'YOLO_PERSON_DETECTION', null, PROCESS);
    expect(result).toMatchObject({ fault: null, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(result.latencyMs).toBeGreaterThan(0);
    const detected = new Map(result.outcomes.map(({ scene, numbers }) => [scene, numbers.length / 6]));
    // Bars of the letterbox are grey (0.45), ground is darker than a person: only what is bright stands out.
    const person = result.outcomes.find(({ scene }) => scene === 'one-person')?.numbers ?? [];
    const [classIndex, , left = 0, top = 0, width = 0] = person;
    expect(classIndex).toBe(0);
    expect(detected.get('dusk')).toBeLessThan(detected.get('one-person') ?? 0);
    // The cell of 80 × 80 pixels that holds most of the figure, which spans 150 to 178 and 90 to 160.
    expect([left * 320, top * 320, width * 320].map(Math.round)).toEqual([160, 120, 80]);
  });

  it('finds the dark side of the roof to land on', async () => {
    const { fault, outcomes } = await verifyModel(darknessScorer(), 'LANDING_ZONE', null, PROCESS);
    expect(fault).toBeNull();
    const [offsetX = 0, offsetY = 0] =
      outcomes.find(({ scene }) => scene === 'roof-and-street')?.numbers ?? [];
    expect(offsetX).toBeGreaterThan(0);
    expect(offsetY).toBeGreaterThan(0);
  });

  it('compares with what was recorded', async () => {
    const first = await verifyModel(darknessScorer(), 'LANDING_ZONE', null, PROCESS);
    const recorded = { sha256: first.sha256, outcomes: first.outcomes, latencyMs: first.latencyMs ?? 0 };
    const verify = (file: Uint8Array, changes: Partial<typeof recorded>) =>
      verifyModel(file, 'LANDING_ZONE', { ...recorded, ...changes }, PROCESS);
    expect(await verify(darknessScorer(), {})).toMatchObject({ fault: null });
    expect(await verify(darknessScorer(0.5), {})).toMatchObject({ fault: 'HASH_DIFFERS' });
    const other = recorded.outcomes.map((outcome) => ({
      ...outcome,
      numbers: outcome.numbers.map((value) => value + 0.1),
    }));
    expect(await verify(darknessScorer(), { outcomes: other })).toMatchObject({ fault: 'OUTPUT_DIFFERS' });
  });

  it('refuses nonsense, shapes that the drone does not feed, and what the runtime does not know', async () => {
    const verify = async (file: Uint8Array) => (await verifyModel(file, 'LANDING_ZONE', null, PROCESS)).fault;
    expect(await verify(darknessScorer(40))).toBe('NONSENSE');
    expect(await verify(brightnessDetector())).toBe('WRONG_SHAPE');
    const identity = { operator: 'Identity', inputs: ['images'], outputs: ['output'] };
    expect(await verify(model([identity], [], [1, 7], [1, 7]))).toBe('WRONG_SHAPE');
    expect(await verify(model([{ ...identity, operator: 'MakeCoffee' }], [], [1, 1, 4, 4]))).toBe(
      'NOT_LOADED',
    );
    expect(await verify(darknessScorer().subarray(0, 200))).toBe('TRUNCATED');
  });

  it('ends a model that does not end, and one that takes all memory', async () => {
    const verify = async (file: Uint8Array, limits: typeof GENEROUS) =>
      (await verifyModel(file, 'LANDING_ZONE', null, { ...PROCESS, limits })).fault;
    expect(await verify(endlessModel(), { ...GENEROUS, runWithinMs: 1_500 })).toBe('TIMED_OUT');
    if (process.platform === 'linux')
      expect(await verify(endlessModel(8_192, 6), { ...GENEROUS, memoryLimitBytes: 300e6 })).toBe(
        'TOO_MUCH_MEMORY',
      );
  });

  it('outlives a runtime that crashes', async () => {
    const result = await verifyModel(darknessScorer(), 'LANDING_ZONE', null, {
      startProcess: forkedModelProcess(new URL('./crashing-worker.ts', import.meta.url)),
    });
    expect(result).toMatchObject({ fault: 'CRASHED', outcomes: [], latencyMs: null });
  });
});

describe('the models of a station', () => {
  let directory: TemporaryDirectory;
  let opened: Awaited<ReturnType<typeof openTestStore>>;
  let desk: ModelDesk;
  let folder: string;
  const clock = new FakeClock(NOW_MS);

  beforeAll(async () => {
    directory = temporaryDirectory();
    opened = await openTestStore(directory.path);
    await opened.store.write.seedDemo({ password: 'a demo password', nowMs: NOW_MS });
    folder = join(directory.path, 'models');
    await mkdir(folder);
    desk = createModelDesk({ ...PROCESS, folder, store: opened.store, clock, random: seededRandom(1) });
  }, 60_000);
  afterAll(async () => {
    await opened.close();
    directory.remove();
  });

  const verify = (
    version: string,
    file: Uint8Array,
    golden: ModelSource | null = null,
  ): Promise<ModelVerification> =>
    desk.verify({
      modelType: 'LANDING_ZONE',
      version,
      source: { kind: 'BYTES', base64: Buffer.from(file).toString('base64') },
      golden,
    });

  it('records what was verified and refuses another file under the same version', async () => {
    const first = await verify('zone-1.0', darknessScorer());
    expect(first.fault).toBeNull();
    expect(await verify('zone-1.0', darknessScorer(0.9))).toMatchObject({
      fault: 'HASH_DIFFERS',
      modelVersionId: first.modelVersionId,
    });
    // What was recorded first stays.
    expect(await verify('zone-1.0', darknessScorer())).toMatchObject({ fault: null, sha256: first.sha256 });
    expect(await desk.verifications()).toHaveLength(1);
  });

  it('reads files of its own folder alone', async () => {
    await writeFile(join(folder, 'zone-2.onnx'), darknessScorer(0.8));
    await writeFile(join(folder, 'notes.txt'), 'no model');
    await symlink('/etc/passwd', join(folder, 'linked.onnx'));
    expect((await desk.files()).names).toEqual(['linked.onnx', 'zone-2.onnx']);
    const read = (name: string) =>
      desk.verify({
        modelType: 'LANDING_ZONE',
        version: 'zone-2.0',
        source: { kind: 'FILE', name },
        golden: null,
      });
    expect(await read('zone-2.onnx')).toMatchObject({ fault: null });
    for (const name of ['../database.lock', 'linked.onnx', '/etc/passwd', 'notes.txt'])
      await expect(read(name)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(read('zone-9.onnx')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('holds a model against its maker’s golden file, and tells what differs output by output', async () => {
    const file = darknessScorer(0.65);
    const black = { dims: [1, 3, SIDE, SIDE], data: new Float32Array(3 * SIDE * SIDE) };
    const cells = (level: number, count = 16) => ({
      ...{ dims: count === 16 ? [1, 1, 4, 4] : [1, count], data: new Float32Array(count).fill(level) },
    });
    const goldenOf = (outputs: Record<string, ReturnType<typeof cells>>, model = file): ModelSource => {
      const bytes = goldenFile(model, [{ name: 'night', inputs: { images: black }, outputs }]);
      return { kind: 'BYTES', base64: Buffer.from(bytes).toString('base64') };
    };
    const good = await verify('zone-5.0', file, goldenOf({ output: cells(0.65) }));
    expect(good).toMatchObject({ fault: null, sentence: expect.stringMatching(/gives what its maker’s/) });
    expect(good.golden).toMatchObject([{ caseName: 'night', output: 'output', numbers: 16, differing: 0 }]);

    const wrong = goldenOf({ output: cells(0.9), mask: cells(1) });
    expect(await verify('zone-5.1', file, wrong)).toMatchObject({
      fault: 'GOLDEN_DIFFERS',
      sentence: expect.stringMatching(
        /“output” of “night”: 16 of 16 numbers differ, by up to 0.250 .*“mask” of “night”: The model has no such/,
      ),
      golden: [
        { differing: 16, largest: expect.closeTo(0.25, 5) },
        { output: 'mask', largest: null },
      ],
    });
    expect((await verify('zone-5.2', file, goldenOf({ output: cells(1, 7) }))).sentence).toMatch(
      /gives \[1, 1, 4, 4\] in the place of \[1, 7\]/,
    );
    const other = goldenOf({ output: cells(0.65) }, darknessScorer(0.9));
    await expect(verify('zone-5.3', file, other)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/belongs to another model file/),
    });
    // Nothing is half saved of what was refused before it ran.
    expect((await desk.verifications()).map(({ version }) => version)).not.toContain('zone-5.3');
  });

  it('reads a model from a drone over MAVLink FTP and verifies it, in one step', async () => {
    const drone = await simulatedVehicle();
    const file = darknessScorer(0.55);
    await drone.finish(drone.tools().uploadFile('/models/zone.onnx', file, {}));
    await drone.finish(drone.tools().uploadFile('/models/half.onnx', file.subarray(0, file.length / 2), {}));
    let reported: { version: string; hashStart: string | null } | null = null;
    const models = new DroneModels({
      toolsOf: () => drone.tools(),
      desk,
      reportedOf: () => reported,
      isActive: async () => false,
    });
    const { files: listed, componentId } = await drone.finish(
      models.files('Alpha-1', '/models/', 'AUTOPILOT'),
    );
    expect(listed).toEqual([
      { path: '/models/half.onnx', name: 'half.onnx', sizeBytes: Math.floor(file.length / 2) },
      { path: '/models/zone.onnx', name: 'zone.onnx', sizeBytes: file.length },
    ]);
    const order = { droneId: 'Alpha-1', componentId, modelType: 'LANDING_ZONE', golden: null } as const;
    const states = new Set<string>();
    models.subscribe(() => states.add(models.reading()?.state ?? ''));
    const read = async (name: string, version: string) => {
      const asked = listed.find((each) => each.name === name) ?? {
        path: `/models/${name}`,
        sizeBytes: 1_000,
      };
      let verifications = 0;
      await models.read({ ...order, version, path: asked.path, sizeBytes: asked.sizeBytes }, () => {
        verifications += 1;
      });
      await expect(models.read({ ...order, version, ...asked }, () => {})).rejects.toThrow(/Another model/);
      while (['READING', 'VERIFYING'].includes(models.reading()?.state ?? '')) await drone.run(0.1);
      // The next may begin as soon as this one's end is through.
      await drone.run(0.1);
      return { ...models.reading(), verifications };
    };
    expect(await read('zone.onnx', 'drone-1.0')).toMatchObject({
      ...{ state: 'DONE', verifications: 1, verification: { fault: null, sizeBytes: file.length } },
      sentence:
        'It is the file of version drone-1.0 in the fleet’s list, which is not active. Alpha-1 does not say which file it runs.',
    });
    expect([...states]).toEqual(expect.arrayContaining(['READING', 'VERIFYING', 'DONE']));
    const sha256 = models.reading()?.verification?.sha256 ?? '';
    reported = { version: 'drone-1.0', hashStart: sha256.slice(0, 16) };
    expect((await read('zone.onnx', 'drone-1.0')).sentence).toMatch(/says that it runs this file/);
    reported = { version: 'drone-0.9', hashStart: '00'.repeat(8) };
    expect(await read('half.onnx', 'drone-1.0')).toMatchObject({
      verification: { fault: 'TRUNCATED' },
      sentence: expect.stringMatching(/another file as version drone-1.0.*runs another file, as version/),
    });
    expect(await read('gone.onnx', 'drone-2.0')).toMatchObject({
      ...{ state: 'FAILED', verification: null, verifications: 0 },
      sentence: expect.stringMatching(/Nothing was verified/),
    });
    await models.read({ ...order, version: 'drone-3.0', path: '/models/zone.onnx', sizeBytes: 1 }, () => {});
    models.cancel();
    await drone.run(2);
    expect(models.reading()).toMatchObject({ state: 'FAILED', verification: null });
    await models.read({ ...order, version: 'drone-4.0', path: '/models/zone.onnx', sizeBytes: 1 }, () => {});
    drone.path.up = false;
    await drone.run(60);
    expect(models.reading()).toMatchObject({ state: 'FAILED', verification: null });
    const silent = { ...order, version: 'drone-5.0', path: '/x', sizeBytes: 1 };
    await expect(models.read(silent, () => {})).rejects.toThrow(/contact/);
    const kept = (await desk.verifications()).map(({ version }) => version);
    expect(kept.filter((version) => version.startsWith('drone-'))).toEqual(['drone-1.0']);
  });

  it('reads a model from the onboard computer, which serves its own files', async () => {
    const drone = await simulatedVehicle();
    const computer = drone.fleet.vehicles[0]?.companion;
    const file = darknessScorer(0.45);
    computer?.files.put('models/zone.onnx', Buffer.from(file));
    // Until each of its components was heard.
    await drone.run(3);
    const models = new DroneModels({
      toolsOf: () => drone.tools(),
      desk,
      reportedOf: () => null,
      isActive: async () => false,
    });
    const list = (place: ModelPlace) => drone.finish(models.files('Alpha-1', '/models', place));
    // The autopilot's card has a folder of this name, and not this file.
    expect(await list('AUTOPILOT')).toEqual({ componentId: 1, files: [] });
    const listed = await list('ONBOARD_COMPUTER');
    expect(listed).toEqual({
      componentId: 191,
      files: [{ path: '/models/zone.onnx', name: 'zone.onnx', sizeBytes: file.length }],
    });
    expect(drone.tools().components()).toMatchObject([
      { componentId: 1, servesFiles: true },
      { componentId: 191, servesFiles: true },
    ]);
    const order = { droneId: 'Alpha-1', modelType: 'LANDING_ZONE', golden: null } as const;
    const path = '/models/zone.onnx';
    const read = (componentId: number) =>
      models.read({ ...order, componentId, version: 'computer-1.0', path, sizeBytes: file.length }, () => {});
    await expect(read(192)).rejects.toThrow(/Component 192 of this drone is not heard/);
    await read(listed.componentId);
    while (['READING', 'VERIFYING'].includes(models.reading()?.state ?? '')) await drone.run(0.1);
    expect(models.reading()).toMatchObject({ state: 'DONE', verification: { fault: null } });
    expect(models.reading()?.verification?.sizeBytes).toBe(file.length);
  });

  it('verifies one file at a time', async () => {
    const first = verify('zone-3.0', darknessScorer(0.7));
    await expect(verify('zone-3.1', darknessScorer(0.6))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await first).fault).toBeNull();
  });

  it('records who was given a verified model, and tells when a drone runs another', async () => {
    const good = await verify('zone-4.0', darknessScorer(0.5));
    const bad = await verify('zone-4.1', darknessScorer(30));
    const deploy = (modelVersionId: string) =>
      desk.recordDeployment({ droneId: 'Alpha-1', modelVersionId, dispatcherId: 'operator12' });
    await expect(deploy(bad.modelVersionId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await deploy(good.modelVersionId);
    expect(await opened.store.read.deployedModels({})).toEqual([
      { droneId: 'Alpha-1', modelVersionId: good.modelVersionId, version: 'zone-4.0', sha256: good.sha256 },
    ]);

    const raised = new Map<string, AlertRequest>();
    const alerts = {
      raise: (alert: AlertRequest) => void raised.set(alert.cause, alert),
      clear: (cause: string) => void raised.delete(cause),
    };
    const nameOf = (systemId: number): string | null => (systemId === 1 ? 'Alpha-1' : null);
    const watch = new ModelWatch({ read: opened.store.read, nameOf, alerts, clock, log: silent });
    await watch.refresh();
    const parser = new FrameParser((frame) => watch.accept(frame));
    const report = (modelVersion: string, sha256: string): string | undefined => {
      const modelHash = [...Buffer.from(sha256, 'hex').subarray(0, 8)];
      const unused = {
        timeUsec: 0n,
        framesPerSecond: 24,
        latencyMean: 38,
        latencyP95: 50,
        landingZoneConfidence: 1,
      };
      const rest = {
        landingZoneOffsetX: 0,
        landingZoneOffsetY: 0,
        droppedFrames: 0,
        acceleratorTemperature: 5_000,
      };
      const counts = { state: 2, persons: 0, obstacles: 0 };
      parser.push(
        new FrameWriter(1, 191).write(SKYRESCUE_INFERENCE_STATUS, {
          ...{ ...unused, ...rest, ...counts },
          ...{ modelHash, modelVersion },
        }),
      );
      parser.endOfDatagram();
      clock.advance(1_000);
      return raised.get('MODEL:1')?.sentence;
    };
    expect(report('zone-4.0', good.sha256)).toBeUndefined();
    expect(report('zone-0.9', good.sha256)).toMatch(/runs model zone-0.9; it was given zone-4.0/);
    expect(report('zone-4.0', bad.sha256)).toMatch(/another file than the one that was verified/);
    expect(report('zone-4.0', good.sha256)).toBeUndefined();
    watch.close();
  });
});
