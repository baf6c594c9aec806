import { emergencyInput, NOW_MS } from './build-records.ts';
import { openTestStore } from './temporary-database.ts';

/** Opens the store in the directory given, says how many records it holds, then adds and reports one after another. */
const [, , directory = ''] = process.argv;
const { store } = await openTestStore(directory);
const found = (await store.read.openEmergencies({})).map((emergency) => emergency.address);
console.log(`FOUND ${JSON.stringify(found)}`);
for (let number = found.length; ; number++) {
  const address = `${process.pid}-${number}`;
  await store.write.createEmergency({
    ...emergencyInput({ address }),
    emergencyId: crypto.randomUUID(),
    nowMs: NOW_MS,
    calledAtMs: NOW_MS + number,
  });
  console.log(`SAVED ${address}`);
}
