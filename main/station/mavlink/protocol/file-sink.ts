/** Where a file that is downloaded goes: pieces in any order, each once. */
export interface FileSink {
  write(offset: number, bytes: Uint8Array): void;
  /** Of the first `size` bytes, as `mavlinkFileCrc32` computes it. */
  checksum(size: number): Promise<number>;
}

export interface TransferProgress {
  readonly bytes: number;
  readonly size: number;
}

/** How a download ended. What came stays in the sink; `contiguousBytes` of it from the start are good to resume from. */
export type FileDownloadOutcome =
  | { readonly state: 'DONE'; readonly size: number; readonly integrity: 'CHECKSUM' | 'SIZE' }
  | { readonly state: 'FAILED'; readonly sentence: string; readonly contiguousBytes: number };
