import { realpath } from 'node:fs/promises';
import type { SerialPort } from 'serialport';
import type { LinksOverview } from '../../../preload/contract/links.ts';
import type { Clock } from '../ports/clock.ts';

type SerialPorts = LinksOverview['serialPorts'];

/** One port of this machine, as it is plugged in now. */
export interface PluggedPort {
  readonly device: string;
  readonly manufacturer: string | null;
  /** Of the radio or the adapter; null: the system tells none. */
  readonly serialNumber: string | null;
}

/** Asking the system takes a process of its own on some: so often is enough to see a radio being plugged in. */
const FRESH_MS = 3_000;

/** Loaded where it is needed: a machine without the binary for serial lines does everything else. */
export async function loadSerialPort(): Promise<typeof SerialPort> {
  return (await import('serialport')).SerialPort;
}

/** The serial ports of this machine, as they are plugged in now. None where serial lines cannot be used. */
export function watchSerialPorts(clock: Clock, list = listSerialPorts): () => Promise<SerialPorts> {
  let asked: Promise<SerialPorts> = Promise.resolve([]);
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.monotonicMs() - askedAtMs > FRESH_MS) {
      askedAtMs = clock.monotonicMs();
      asked = list().then((ports) => ports.map(described));
    }
    return asked;
  };
}

export async function listSerialPorts(): Promise<PluggedPort[]> {
  try {
    const ports = await (await loadSerialPort()).list();
    return ports.map(({ path, manufacturer, serialNumber }) => ({
      device: path,
      manufacturer: manufacturer ?? null,
      serialNumber: serialNumber ?? null,
    }));
  } catch {
    // No binary, or a system that keeps its ports to itself: a link to one says so when it is opened.
    return [];
  }
}

/** The serial number of what is plugged in under this name, or under what the name stands for. */
export async function serialNumberAt(device: string, ports: readonly PluggedPort[]): Promise<string | null> {
  const real = await realpath(device).catch(() => device);
  return ports.find((port) => port.device === device || port.device === real)?.serialNumber ?? null;
}

/**
 * Where the radio with this serial number is now: it may get another name when it is plugged in again, and its name may
 * go to another one. Null: what has its name now is another radio.
 */
export function findAgain(
  device: string,
  serialNumber: string,
  ports: readonly PluggedPort[],
): string | null {
  const named = ports.find((port) => port.device === device);
  if (named?.serialNumber === serialNumber) return device;
  // Some have two ports under one number: which of them it was cannot be told.
  const [found, second] = ports.filter((port) => port.serialNumber === serialNumber);
  if (found !== undefined && second === undefined) return found.device;
  return named === undefined || named.serialNumber === null ? device : null;
}

function described({ device, manufacturer, serialNumber }: PluggedPort): SerialPorts[number] {
  return { device, description: [manufacturer, serialNumber].filter((part) => part !== null).join(' ') };
}
