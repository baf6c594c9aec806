import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { app, type BrowserWindow, dialog } from 'electron';
import type { SavedReport } from '../../preload/contract/report-file.ts';

const LONGEST_NAME = 100;

/**
 * Prints what the page shows on paper (its print style leaves nothing but the open report) as PDF into a file that the
 * person chooses. The file is there whole or not at all. One at a time.
 */
export function reportSaver(window: BrowserWindow): (suggestedName: unknown) => Promise<SavedReport> {
  let isBusy = false;
  return async (suggestedName) => {
    if (isBusy) return { kind: 'FAILED', sentence: 'A report is being saved already. Finish that first.' };
    isBusy = true;
    try {
      return await save(window, String(suggestedName));
    } finally {
      isBusy = false;
    }
  };
}

async function save(window: BrowserWindow, suggestedName: string): Promise<SavedReport> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    title: 'Save the report as PDF',
    defaultPath: join(app.getPath('documents'), fileName(suggestedName)),
    filters: [{ name: 'PDF', extensions: ['pdf'] }],
  });
  if (canceled || filePath === '') return { kind: 'CANCELLED' };
  try {
    const pdf = await window.webContents.printToPDF({
      pageSize: 'A4',
      preferCSSPageSize: true,
      printBackground: true,
      generateTaggedPDF: true,
    });
    await writeWhole(filePath, pdf);
    return { kind: 'SAVED', path: filePath };
  } catch (error) {
    console.error(error);
    return { kind: 'FAILED', sentence: failureSentence(filePath, error) };
  }
}

/** What the page suggests is no path: nothing but the name counts. */
function fileName(suggested: string): string {
  const plain = basename(suggested.replaceAll(/[^\w .-]+/g, ' ').trim()).slice(0, LONGEST_NAME);
  return `${plain === '' ? 'Report' : plain}.pdf`;
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}`);
  try {
    const file = await open(unfinished, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

function failureSentence(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const folder = dirname(path);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `The report was not saved: the disk of ${folder} is full. Free some space or choose another disk.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `The report was not saved: ${folder} may not be written to. Choose another folder.`;
    case 'ENOENT':
    case 'ENOTDIR':
      return `The report was not saved: ${folder} is not there any more. Choose another folder.`;
    default:
      return 'The report was not saved. Try again, or print it.';
  }
}
