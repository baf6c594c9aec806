import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { KeptFile, LogContents } from '../../../preload/contract/vehicle-tools.ts';
import { failureOf } from '../../client/failure.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Chooser } from '../../ui/field.tsx';
import { duration } from '../../ui/formatting.ts';
import { SeriesChart } from './series-chart.tsx';
import { sizeText } from './vehicle-words.ts';

interface Line {
  readonly type: string;
  readonly field: string;
}

/** More do not fit a screen. */
const MOST_CHARTS = 4;
const FORMAT_WORDS = { DATAFLASH: 'ArduPilot DataFlash', ULOG: 'PX4 ULog' };

/** What a downloaded log holds, drawn over time. */
export function LogPlot({ file, onClose }: { file: KeptFile; onClose(): void }) {
  const { client } = useStation().connection;
  const { kind, vehicle, name } = file;
  const query = useQuery({
    queryKey: ['kept', file.path, 'contents'],
    queryFn: () => client.vehicleTools.logContents({ kind, vehicle, name }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [atS, setAtS] = useState<number | null>(null);
  const contents = query.data;
  return (
    <section className="system-section log-plot" aria-label={`Plot of ${name}`}>
      <div className="tool-row">
        <h3>
          {name} <span className="muted">of {vehicle}</span>
        </h3>
        <span className="grow" />
        <Button className="button" onPress={onClose}>
          Close the plot
        </Button>
      </div>
      <FailureNote failure={query.error === null ? null : failureOf(query.error)} />
      {query.isPending && <p className="muted">Reading the log…</p>}
      {contents !== undefined && (
        <>
          <p className="muted">{contentsText(contents)}</p>
          <LineChooser
            contents={contents}
            full={lines.length >= MOST_CHARTS}
            onAdd={(line) =>
              setLines([
                ...lines.filter(({ type, field }) => type !== line.type || field !== line.field),
                line,
              ])
            }
          />
          {lines.map((line) => (
            <LineChart
              key={`${line.type} ${line.field}`}
              {...{ file, line, contents, atS }}
              onTime={setAtS}
              onRemove={() => setLines(lines.filter((other) => other !== line))}
            />
          ))}
          {lines.length > 0 && (
            <label className="log-time">
              <span className="label">Time since the autopilot started</span>
              <input
                type="range"
                min={contents.firstS}
                max={contents.lastS}
                step={(contents.lastS - contents.firstS) / 1_000}
                value={atS ?? contents.firstS}
                aria-valuetext={duration(atS ?? contents.firstS)}
                onChange={(event) => setAtS(Number(event.target.value))}
              />
              <span className="log-time-text">{atS === null ? '' : duration(atS)}</span>
            </label>
          )}
        </>
      )}
    </section>
  );
}

function contentsText({ format, firstS, lastS, types, unreadableBytes }: LogContents): string {
  const lost = unreadableBytes > 0 ? ` · ${sizeText(unreadableBytes)} of it cannot be read` : '';
  return `${FORMAT_WORDS[format]} · ${duration(lastS - firstS)} long · ${types.length} kinds of messages${lost}`;
}

interface LineChooserProps {
  contents: LogContents;
  full: boolean;
  onAdd(line: Line): void;
}

function LineChooser({ contents, full, onAdd }: LineChooserProps) {
  const [typeName, setTypeName] = useState(contents.types[0]?.type ?? null);
  const type = contents.types.find((known) => known.type === typeName) ?? null;
  const [fieldName, setFieldName] = useState<string | null>(null);
  const field = type?.fields.find(({ name }) => name === fieldName) ?? type?.fields[0] ?? null;
  if (type === null || field === null) return <p className="muted">It holds nothing that can be drawn.</p>;
  return (
    <div className="tool-row">
      <Chooser
        label="Message"
        choices={contents.types.map(({ type: value, count }) => ({ value, label: `${value} (${count})` }))}
        value={type.type}
        onChange={setTypeName}
      />
      <Chooser
        label="Field"
        choices={type.fields.map(({ name, unit }) => ({
          value: name,
          label: unit === null ? name : `${name}, ${unit}`,
        }))}
        value={field.name}
        onChange={setFieldName}
      />
      <Button
        className="button"
        isDisabled={full}
        onPress={() => onAdd({ type: type.type, field: field.name })}
      >
        Draw it
      </Button>
      {full && <span className="muted">At most {MOST_CHARTS} at a time: take one away first.</span>}
    </div>
  );
}

interface LineChartProps {
  file: KeptFile;
  line: Line;
  contents: LogContents;
  atS: number | null;
  onTime(atS: number): void;
  onRemove(): void;
}

function LineChart({ file, line, contents, atS, onTime, onRemove }: LineChartProps) {
  const { client } = useStation().connection;
  const { type, field } = line;
  const query = useQuery({
    queryKey: ['kept', file.path, type, field],
    queryFn: () =>
      client.vehicleTools.logSeries({ kind: file.kind, vehicle: file.vehicle, name: file.name, type, field }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <figure className="log-chart">
      {query.data === undefined ? (
        <p className="log-chart-waiting muted">{query.isPending && `Reading ${field} of ${type}…`}</p>
      ) : (
        <SeriesChart
          title={`${type}.${field}`}
          series={query.data}
          firstS={contents.firstS}
          lastS={contents.lastS}
          atS={atS}
          onTime={onTime}
        />
      )}
      <FailureNote failure={query.error === null ? null : failureOf(query.error)} />
      <Button className="button small" aria-label={`Take away ${type}.${field}`} onPress={onRemove}>
        Take away
      </Button>
    </figure>
  );
}
