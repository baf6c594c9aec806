import type { LinksOverview } from '../../../preload/contract/links.ts';
import type { Clock } from '../ports/clock.ts';
import { loadSerialPort } from './serial-link.ts';

type SerialPorts = LinksOverview['serialPorts'];

/** Asking the system takes a process of its own on some: so often is enough to see a radio being plugged in. */
const FRESH_MS = 3_000;

/** The serial ports of this machine, as they are plugged in now. None where serial lines cannot be used. */
export function watchSerialPorts(clock: Clock): () => Promise<SerialPorts> {
  let asked: Promise<SerialPorts> = Promise.resolve([]);
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.monotonicMs() - askedAtMs > FRESH_MS) {
      askedAtMs = clock.monotonicMs();
      asked = listSerialPorts();
    }
    return asked;
  };
}

async function listSerialPorts(): Promise<SerialPorts> {
  try {
    const ports = await (await loadSerialPort()).list();
    return ports.map(({ path, manufacturer, serialNumber }) => ({
      device: path,
      description: [manufacturer, serialNumber].filter((part) => part !== undefined).join(' '),
    }));
  } catch {
    // No binary, or a system that keeps its ports to itself: a link to one says so when it is opened.
    return [];
  }
}
