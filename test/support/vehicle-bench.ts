import { createVehicles } from '../../main/station/vehicle/vehicle-registry.ts';
import { CopterPeer } from './copter-peer.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryLinks } from './memory-links.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** The station's vehicles and one copter, in memory and on one fake clock. */
export function vehicleBench(systemId = 7) {
  const clock = new FakeClock();
  const links = new MemoryLinks(clock);
  const copter = new CopterPeer(systemId, clock, (bytes) => path.deliver(bytes));
  const path = links.connect('udpin:127.0.0.1:14550', systemId, (bytes) => copter.receive(bytes));
  const vehicles = createVehicles({ links, clock, log: silent });

  const aircraft = () => {
    const found = vehicles.find(systemId);
    if (found === null) throw new Error(`System ${systemId} was not heard.`);
    return found;
  };
  /** Runs the clock until the action is over. */
  const finish = async <Result>(action: Promise<Result>): Promise<Result> => {
    let over = false;
    const done = action.finally(() => {
      over = true;
    });
    done.catch(() => {});
    for (let step = 0; step < 2_000 && !over; step++) await clock.run(50);
    return done;
  };
  return { clock, links, path, copter, vehicles, aircraft, finish, state: () => aircraft().state() };
}
