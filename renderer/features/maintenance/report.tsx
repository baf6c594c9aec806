import {
  type HealthItem,
  healthGroup,
  type ManualResult,
  type OpenHealthCheck,
  type SignedHealthCheck,
} from '../../../preload/contract/health.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { NONE } from '../../ui/formatting.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { moment } from '../review/review-words.ts';
import { useMaintenance } from './maintenance-context.ts';
import { type DroneDue, usePhotos } from './maintenance-queries.ts';
import { DECISION_WORDS, dateWords, GROUP_WORDS, MANUAL_WORDS, problemWords } from './maintenance-words.ts';
import './report.css';
import { ReportOutput } from './report-output.tsx';
import { ResultMark } from './result-mark.tsx';

interface ReportProps {
  check: OpenHealthCheck | SignedHealthCheck;
  drone: DroneDue;
}

/** One check on paper: for the printer, which also writes it as PDF. */
export function CheckReport({ check, drone }: ReportProps) {
  const maintenance = useMaintenance();
  const title = `Health check ${check.droneId} ${new Date(check.startedAtMs).toISOString().slice(0, 10)}`;
  return (
    <>
      <header className="maintenance-head report-tools">
        <h1>Report of {check.droneId}</h1>
        <ReportOutput title={title} onBack={() => maintenance.openReport(null)} />
      </header>
      <ScrollArea label="Report">
        {/* Paper is white in every theme. */}
        <article className="report" data-theme="light">
          <ReportHead check={check} drone={drone} />
          {healthGroup.options.map((group) => {
            const items = check.automatic.filter((item) => item.group === group);
            return items.length > 0 && <ItemTable key={group} title={GROUP_WORDS[group]} items={items} />;
          })}
          <ReportChecklist check={check} />
          <Signature check={check} />
        </article>
      </ScrollArea>
    </>
  );
}

function ReportHead({ check, drone }: ReportProps) {
  const { system, detail } = useStation();
  const station = useStore(system).status;
  const live = useStore(detail).detail;
  const signed = 'decision' in check ? check : null;
  const firmware = signed === null ? (live?.vehicle?.firmware ?? null) : signed.firmware;
  const hours = signed === null ? drone.flightHours : signed.flightHours;
  const facts: [string, string][] = [
    ['Drone', `${check.droneId} · ${drone.model}`],
    ['Serial number', live?.record?.serialNumber ?? NONE],
    ['Firmware', firmware ?? NONE],
    ['Flight hours', hours === null ? NONE : hours.toFixed(1)],
    ['Started', moment(check.startedAtMs)],
    ['Signed', signed === null ? 'not signed yet' : `${moment(signed.signedAtMs)} by ${signed.signedName}`],
    ['Decision', signed === null ? 'none yet' : DECISION_WORDS[signed.decision]],
    ['Found', problemWords(check) ?? 'no problem'],
    ['Next maintenance', drone.nextDue === null ? 'no date' : dateWords(drone.nextDue)],
    ['Station', station?.stationName ?? NONE],
  ];
  return (
    <>
      <h2>Health check report</h2>
      <dl className="report-facts">
        {facts.map(([name, words]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function ItemTable({ title, items }: { title: string; items: readonly HealthItem[] }) {
  return (
    <table>
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">Check</th>
          <th scope="col">Result</th>
          <th scope="col">Measured</th>
          <th scope="col">Limit and its source</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.checkId}>
            <th scope="row">
              {item.title}
              {item.sentence !== null && item.sentence !== item.measured && <small>{item.sentence}</small>}
            </th>
            <td>
              <ResultMark result={item.result} />
            </td>
            <td>{item.measured ?? NONE}</td>
            <td>
              {item.limit}
              <small>{item.limitSource}</small>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ReportChecklist({ check }: { check: ReportProps['check'] }) {
  const taken = check.manual.reduce((sum, { photos }) => sum + photos, 0);
  const photos = usePhotos(check.healthCheckId, taken).data?.photos ?? [];
  const { model, version } = check.checklist;
  return (
    <>
      <table>
        <caption>
          Checklist of {model === '' ? 'all models' : model}, version {version}
        </caption>
        <thead>
          <tr>
            <th scope="col">Item</th>
            <th scope="col">Result</th>
            <th scope="col">Note</th>
            <th scope="col">By</th>
          </tr>
        </thead>
        <tbody>
          {check.manual.map((item) => (
            <tr key={item.itemId}>
              <th scope="row">{item.title}</th>
              <td>
                <ResultMark result={item.result} />
              </td>
              <td>{item.note ?? NONE}</td>
              <td>{byWords(item)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {photos.length > 0 && (
        <div className="report-photos">
          {photos.map((photo) => {
            const title = check.manual.find(({ itemId }) => itemId === photo.itemId)?.title ?? photo.itemId;
            return (
              <figure key={photo.photoId}>
                <img src={`data:${photo.mediaType};base64,${photo.base64}`} alt={`Evidence: ${title}`} />
                <figcaption>
                  {title}, {moment(photo.takenAtMs)}
                </figcaption>
              </figure>
            );
          })}
        </div>
      )}
    </>
  );
}

function byWords({ result, byName, atMs }: ManualResult): string {
  if (byName === null || atMs === null) return MANUAL_WORDS[result];
  return `${byName}, ${moment(atMs)}`;
}

function Signature({ check }: { check: ReportProps['check'] }) {
  const signed = 'decision' in check ? check : null;
  return (
    <footer className="report-signature">
      {signed?.untestedReason != null && <p>Released although not all was tested: {signed.untestedReason}</p>}
      {signed?.note != null && <p>Note: {signed.note}</p>}
      <div>
        <span>
          {signed === null ? ' ' : `${signed.signedName}, ${moment(signed.signedAtMs)}`}
          <small>Name and date</small>
        </span>
        <span>
          {' '}
          <small>Signature</small>
        </span>
      </div>
    </footer>
  );
}
