import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { SavedReport } from '../../../preload/contract/report-file.ts';
import { FailureNote } from '../../ui/failure-note.tsx';

interface ReportOutputProps {
  /** At the foot of each page, and what a file is called. */
  title: string;
  onBack(): void;
}

/** The open report on paper or as a file: the desktop program writes one, a browser's printing dialog offers it. */
export function ReportOutput({ title, onBack }: ReportOutputProps) {
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState<SavedReport | null>(null);
  const saveReport = window.skyrescue?.saveReport;
  const save = async (): Promise<void> => {
    setBusy(true);
    setSaved(null);
    const gone: SavedReport = { kind: 'FAILED', sentence: 'The report was not saved. Try again.' };
    setSaved((await saveReport?.(title).catch(() => gone)) ?? null);
    setBusy(false);
  };
  useEffect(() => {
    const before = document.title;
    document.title = title;
    const foot = new CSSStyleSheet();
    foot.replaceSync(
      `@page { @bottom-left { content: ${JSON.stringify(title)}; font-size: 9px; color: #3f4d5a; } }`,
    );
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, foot];
    return () => {
      document.title = before;
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== foot);
    };
  }, [title]);
  const print = (): void => window.print();
  return (
    <>
      <span className="muted maintenance-model" role="status">
        {saveReport === undefined && 'To keep it as a file, choose “Save as PDF” as the printer.'}
        {saved?.kind === 'SAVED' && `Saved as ${saved.path}`}
      </span>
      <Button className="button" onPress={onBack}>
        Back
      </Button>
      {saveReport === undefined ? (
        <Button className="button primary" onPress={print}>
          Print or save as PDF
        </Button>
      ) : (
        <>
          <Button className="button" onPress={print}>
            Print
          </Button>
          <Button className="button primary" isDisabled={busy} onPress={() => void save()}>
            Save as PDF
          </Button>
        </>
      )}
      <FailureNote
        failure={saved?.kind === 'FAILED' ? { code: 'UNEXPECTED', sentence: saved.sentence } : null}
      />
    </>
  );
}
