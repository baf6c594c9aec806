/** What the stand-in tells the test that started the shell. */
export type ToTest =
  | { kind: 'station-started'; pid: number | undefined }
  | { kind: 'station-ended'; code: number | null; signal: string | null }
  | { kind: 'model-process-started'; pid: number | undefined }
  | { kind: 'model-process-ended'; code: number | null; signal: string | null }
  | { kind: 'window'; webPreferences: Record<string, unknown> }
  | { kind: 'page-shown' }
  | { kind: 'window-focused' }
  | { kind: 'window-open-asked'; url: string; action: string }
  | { kind: 'navigation-asked'; url: string; prevented: boolean }
  | { kind: 'request-cancelled'; url: string }
  | { kind: 'power-save'; blocked: boolean }
  | { kind: 'save-asked'; defaultPath: string }
  | { kind: 'error-box'; content: string };

/** What the test asks of the person and the operating system that the stand-in plays. */
export type FromTest =
  | { kind: 'quit' }
  | { kind: 'close-window' }
  /** Answers the dialogs for a file from now on; null: they are cancelled. */
  | { kind: 'choose-file'; path: string | null };

export function tellTest(message: ToTest): void {
  if (process.connected) process.send?.(message);
}
