import { useState } from 'react';
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import type { Person } from '../../../preload/contract/session.ts';
import { useNowMs } from '../../state/now.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { Chooser, Field, Segments } from '../../ui/field.tsx';
import { coordinates, duration, localTime } from '../../ui/formatting.ts';
import './dispatch-list.css';
import { EmergencyQueue } from './emergency-queue.tsx';
import { useIntake } from './intake-context.ts';
import { type Answer, formError, type IntakeForm, type WeatherForm } from './intake-form.ts';

const TYPES = [
  { value: 'cardiac_arrest', label: 'Cardiac arrest' },
  { value: 'respiratory_arrest', label: 'Respiratory', name: 'Respiratory arrest' },
  { value: 'other', label: 'Other' },
] as const;

const ANSWERS = [
  { value: 'yes', label: 'Yes' },
  { value: 'no', label: 'No' },
  { value: 'unknown', label: '?', name: 'Not known', neutral: true },
] as const;

const LANGUAGES = [
  { value: 'en', label: 'English' },
  { value: 'es', label: 'Español' },
  { value: 'zh', label: '中文 (Chinese)' },
  { value: 'pt', label: 'Português' },
  { value: 'ht', label: 'Kreyòl ayisyen' },
  { value: 'vi', label: 'Tiếng Việt' },
  { value: 'fr', label: 'Français' },
  { value: 'ru', label: 'Русский' },
  { value: 'ar', label: 'العربية (Arabic)' },
] as const;

/** The call being taken, and the calls that wait. */
export function DispatchList({ person }: { person: Person }) {
  return (
    <>
      {person.permissions.includes('take_calls') ? (
        <>
          <IntakeHeading />
          <IntakeFields />
        </>
      ) : (
        <p className="muted">Your account may not take calls. Choose an open emergency below.</p>
      )}
      <EmergencyQueue />
    </>
  );
}

function IntakeHeading() {
  const intake = useIntake();
  const { calledAtMs, emergency } = useStore(intake.state);
  const nowMs = useNowMs();
  return (
    <h2>
      <span>{emergency === null ? 'New emergency' : 'This emergency'}</span>
      <span className="dim">
        {calledAtMs !== null &&
          `call taken ${localTime(calledAtMs)} · ${duration(Math.floor((nowMs - calledAtMs) / 1000))} ago`}
      </span>
    </h2>
  );
}

function IntakeFields() {
  const intake = useIntake();
  const { form, position } = useStore(intake.state);
  const error = formError(form);
  return (
    <div className="intake">
      <Segments
        label="What happened"
        labelHidden
        choices={TYPES}
        value={form.type}
        onChange={(type) => intake.edit({ type })}
      />
      <Field
        label="Where"
        value={form.where}
        onChange={(where) => intake.edit({ where })}
        placeholder="Address, or 42.3638, -71.0559"
        maxLength={500}
        autoFocus
        hint={
          position === null
            ? 'No position yet: click the map, or type coordinates'
            : `${coordinates(position)} · or click the map`
        }
      />
      <div className="two">
        <Field
          label="Victim's age"
          value={form.age}
          onChange={(age) => intake.edit({ age })}
          inputMode="numeric"
          maxLength={3}
          error={error?.field === 'age' ? error.sentence : null}
        />
        <Chooser
          label="Language"
          choices={languageChoices(form.language)}
          value={form.language}
          onChange={(language) => intake.edit({ language })}
        />
      </div>
      <div className="two">
        <YesNo label="Caller on scene" name="callerOnScene" />
        <YesNo label="Someone fetches the AED" name="bystander" />
      </div>
      <div className="two">
        <YesNo label="Ambulance on scene" name="ambulance" />
        <YesNo label="Trauma" name="trauma" />
      </div>
      <Field
        label="What the caller says"
        value={form.words}
        onChange={(words) => intake.edit({ words })}
        rows={2}
        maxLength={5_000}
      />
      <Field
        label="Caller's phone"
        value={form.phone}
        onChange={(phone) => intake.edit({ phone: phone.replace(/[^+0-9 ().-]/g, '') })}
        inputMode="tel"
        maxLength={20}
      />
      <Weather />
    </div>
  );
}

/** A call that was saved with a language that is not in the list keeps it. */
function languageChoices(current: string): readonly { value: string; label: string }[] {
  const known = LANGUAGES.some((language) => language.value === current);
  return known ? LANGUAGES : [{ value: current, label: current }, ...LANGUAGES];
}

function YesNo({ label, name }: { label: string; name: YesNoField }) {
  const intake = useIntake();
  const { form } = useStore(intake.state);
  return (
    <Segments
      label={label}
      choices={ANSWERS}
      value={form[name]}
      onChange={(answer: Answer) => intake.edit({ [name]: answer })}
    />
  );
}

type YesNoField = {
  [Name in keyof IntakeForm]: IntakeForm[Name] extends Answer ? Name : never;
}[keyof IntakeForm];

const CONDITIONS = [
  { value: 'unknown', label: 'Not known' },
  { value: 'CLEAR', label: 'Clear' },
  { value: 'CLOUDY', label: 'Cloudy' },
  { value: 'RAIN', label: 'Rain' },
  { value: 'SNOW', label: 'Snow' },
  { value: 'FOG', label: 'Fog' },
] as const;

function Weather() {
  const intake = useIntake();
  const { weather } = useStore(intake.state);
  const { units } = useStore(useStation().settings);
  const [open, setOpen] = useState(false);
  const unit = units === 'aviation' ? 'kt' : 'm/s';
  return (
    <Disclosure className="weather" isExpanded={open} onExpandedChange={setOpen}>
      <Heading level={3}>
        <Button slot="trigger" className="weather-toggle">
          <span aria-hidden="true">{open ? '▾' : '▸'}</span> Weather at the scene
          <span className="grow" />
          <span className="dim">{weatherWords(weather, unit)}</span>
        </Button>
      </Heading>
      <DisclosurePanel>
        <div className="weather-fields">
          <Field
            label={`Wind, ${unit}`}
            value={weather.windSpeed}
            onChange={(windSpeed) => intake.editWeather({ windSpeed })}
            inputMode="decimal"
            maxLength={5}
          />
          <Field
            label="From, °"
            value={weather.windFrom}
            onChange={(windFrom) => intake.editWeather({ windFrom })}
            inputMode="numeric"
            maxLength={3}
          />
          <Chooser
            label="Condition"
            choices={CONDITIONS}
            value={weather.condition}
            onChange={(condition) => intake.editWeather({ condition })}
          />
        </div>
      </DisclosurePanel>
    </Disclosure>
  );
}

function weatherWords(weather: WeatherForm, unit: string): string {
  const words: string[] = [];
  if (weather.windSpeed !== '') words.push(`${weather.windSpeed} ${unit}`);
  const condition = CONDITIONS.find(({ value }) => value === weather.condition && value !== 'unknown');
  if (condition !== undefined) words.push(condition.label.toLowerCase());
  return words.length === 0 ? 'as measured' : words.join(' · ');
}
