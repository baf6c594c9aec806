/** What the desktop shell's preload script adds to the page; absent in a browser. */
interface Window {
  readonly skyrescue?: {
    requestPort(): void;
    saveReport(name: string): Promise<import('../../preload/contract/report-file.ts').SavedReport>;
  };
}
