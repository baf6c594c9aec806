import type { FileDownloadOutcome, FileSink, TransferProgress } from '../../mavlink/protocol/file-sink.ts';
import type { FtpClient, VehicleFile } from '../../mavlink/protocol/ftp.ts';
import type { LogEntry, LogTransfer } from '../../mavlink/protocol/log-transfer.ts';

/** A log on the vehicle, and how it can be read. */
export interface VehicleLog {
  /** Names it in later calls. */
  readonly logId: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly utcMs: number | null;
  readonly source: { readonly path: string } | { readonly entry: LogEntry };
}

export type VehicleLogsOutcome =
  | { readonly state: 'DONE'; readonly logs: readonly VehicleLog[] }
  | { readonly state: 'FAILED'; readonly sentence: string };

const LOG_NAME = /\.(bin|ulg|log)$/i;
const MOST_FOLDERS = 100;
const NO_ANSWER = 'does not answer';

interface Options {
  readonly signal?: AbortSignal | undefined;
}

/** The logs by file transfer, which has checksums; by the log messages where that finds none. */
export async function listLogs(
  parts: { files: FtpClient; logs: LogTransfer; folders: readonly string[] },
  { signal }: Options,
): Promise<VehicleLogsOutcome> {
  for (const folder of parts.folders) {
    const found = await logsIn(parts.files, folder, signal);
    if (signal?.aborted === true) return { state: 'FAILED', sentence: 'Broken off.' };
    if (found === 'NO_ANSWER') break;
    if (found.length > 0) return { state: 'DONE', logs: found };
  }
  const listed = await parts.logs.list({ signal });
  if (listed.state === 'FAILED') return listed;
  const logs = listed.logs.map((entry) => ({
    logId: `log ${entry.id}`,
    name: `log-${entry.id}.bin`,
    sizeBytes: entry.sizeBytes,
    utcMs: entry.utcMs,
    source: { entry },
  }));
  return { state: 'DONE', logs };
}

export function downloadLog(
  parts: { files: FtpClient; logs: LogTransfer },
  { source }: VehicleLog,
  sink: FileSink,
  options: Options & { readonly from: number; readonly onProgress: (progress: TransferProgress) => void },
): Promise<FileDownloadOutcome> {
  return 'path' in source
    ? parts.files.download(source.path, sink, options)
    : parts.logs.download(source.entry, sink, options);
}

/** Of a folder and of the folders in it: PX4 keeps one for each day. */
async function logsIn(
  files: FtpClient,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<VehicleLog[] | 'NO_ANSWER'> {
  const listed = await files.list(folder, { signal });
  if (listed.state === 'FAILED') return listed.sentence.includes(NO_ANSWER) ? 'NO_ANSWER' : [];
  const logs = listed.files.filter(isLog).map((file) => logOf(folder, file));
  for (const { name } of listed.files.filter(({ kind }) => kind === 'FOLDER').slice(-MOST_FOLDERS)) {
    const inner = await files.list(`${folder}/${name}`, { signal });
    if (inner.state === 'DONE')
      logs.push(...inner.files.filter(isLog).map((file) => logOf(`${folder}/${name}`, file, `${name}-`)));
  }
  return logs;
}

function isLog({ kind, name, sizeBytes }: VehicleFile): boolean {
  return kind === 'FILE' && LOG_NAME.test(name) && sizeBytes > 0;
}

function logOf(folder: string, { name, sizeBytes }: VehicleFile, prefix = ''): VehicleLog {
  const path = `${folder}/${name}`;
  return { logId: path, name: `${prefix}${name}`, sizeBytes, utcMs: null, source: { path } };
}
