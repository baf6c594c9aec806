import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Two serial lines that are joined, as a radio joins them: `/dev/pts/…` each. */
export interface PseudoTerminals {
  readonly station: string;
  readonly vehicle: string;
  /** Both ends go away, as when a radio is unplugged. */
  unplug(): Promise<void>;
}

export async function openPseudoTerminals(): Promise<PseudoTerminals> {
  const socat = spawn('socat', ['-d', '-d', 'pty,raw,echo=0', 'pty,raw,echo=0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const devices: string[] = [];
  let text = '';
  for await (const chunk of socat.stderr) {
    text += String(chunk);
    devices.splice(
      0,
      2,
      ...[...text.matchAll(/PTY is (\/dev\/pts\/\d+)\n/g)].map(([, device = '']) => device),
    );
    if (devices.length === 2) break;
  }
  const [station, vehicle] = devices;
  if (station === undefined || vehicle === undefined) throw new Error(`socat made no terminals: ${text}`);
  return {
    station,
    vehicle,
    async unplug() {
      if (socat.exitCode !== null || socat.signalCode !== null) return;
      socat.kill('SIGKILL');
      await once(socat, 'exit');
    },
  };
}
