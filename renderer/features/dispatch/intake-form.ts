import type { WeatherInput } from '../../../preload/contract/dispatch.ts';
import type { Emergency, EmergencyInput } from '../../../preload/contract/emergencies.ts';
import type { Position } from '../../../preload/contract/geo.ts';
import type { UnitSystem } from '../../state/settings.ts';
import { speedToMps } from '../../ui/formatting.ts';

export type Answer = 'yes' | 'no' | 'unknown';

/** The call as it is typed: text stays text until it is sent. */
export interface IntakeForm {
  readonly type: EmergencyInput['type'];
  readonly where: string;
  readonly age: string;
  readonly language: string;
  readonly callerOnScene: Answer;
  readonly bystander: Answer;
  readonly ambulance: Answer;
  readonly trauma: Answer;
  readonly words: string;
  readonly phone: string;
}

export const EMPTY_FORM: IntakeForm = {
  type: 'cardiac_arrest',
  where: '',
  age: '',
  language: 'en',
  callerOnScene: 'unknown',
  bystander: 'unknown',
  ambulance: 'unknown',
  trauma: 'unknown',
  words: '',
  phone: '',
};

/** Wind as it is typed, in the units of the person. */
export interface WeatherForm {
  readonly windSpeed: string;
  readonly windFrom: string;
  readonly condition: NonNullable<WeatherInput['condition']> | 'unknown';
}

export const EMPTY_WEATHER: WeatherForm = { windSpeed: '', windFrom: '', condition: 'unknown' };

/** What would be sent, or the sentence beside the field that keeps it from being sent. */
export type FormError = { readonly field: 'age'; readonly sentence: string };

export function formError(form: IntakeForm): FormError | null {
  const text = form.age.trim();
  if (text === '' || (/^\d{1,3}$/.test(text) && Number(text) <= 130)) return null;
  return { field: 'age', sentence: 'A whole number of years, 0 to 130.' };
}

export function emergencyInput(
  form: IntakeForm,
  position: Position,
  calledAtMs: number,
  addressIsCoordinates: boolean,
): EmergencyInput {
  const age = form.age.trim();
  return {
    type: form.type,
    position,
    address: addressIsCoordinates ? null : textOrNull(form.where),
    city: null,
    state: null,
    callerPhone: textOrNull(form.phone),
    callerOnScene: answer(form.callerOnScene),
    bystanderAvailable: answer(form.bystander),
    ambulanceOnScene: answer(form.ambulance),
    trauma: answer(form.trauma),
    callerLanguage: form.language,
    victimAgeYears: age === '' || formError(form) !== null ? null : Number(age),
    callerWords: textOrNull(form.words),
    calledAtMs,
  };
}

export function formOf(emergency: Emergency): IntakeForm {
  return {
    type: emergency.type,
    where: emergency.address ?? '',
    age: emergency.victimAgeYears === null ? '' : String(emergency.victimAgeYears),
    language: emergency.callerLanguage,
    callerOnScene: answerOf(emergency.callerOnScene),
    bystander: answerOf(emergency.bystanderAvailable),
    ambulance: answerOf(emergency.ambulanceOnScene),
    trauma: answerOf(emergency.trauma),
    words: emergency.callerWords ?? '',
    phone: emergency.callerPhone ?? '',
  };
}

/** Null when nothing was entered: the station then goes by what its drones measure. */
export function weatherInput(form: WeatherForm, units: UnitSystem): WeatherInput | null {
  const speed = numberOrNull(form.windSpeed);
  const from = numberOrNull(form.windFrom);
  const condition = form.condition === 'unknown' ? null : form.condition;
  if (speed === null && from === null && condition === null) return null;
  return {
    windSpeedMps: speed === null ? null : Math.min(75, Math.max(0, speedToMps(speed, units))),
    windFromDeg: from === null ? null : ((from % 360) + 360) % 360,
    condition,
    temperatureC: null,
    visibilityM: null,
  };
}

function textOrNull(text: string): string | null {
  const trimmed = text.trim();
  return trimmed === '' ? null : trimmed;
}

function numberOrNull(text: string): number | null {
  const trimmed = text.trim().replace(',', '.');
  return trimmed === '' || !Number.isFinite(Number(trimmed)) ? null : Number(trimmed);
}

function answer(value: Answer): boolean | null {
  return value === 'unknown' ? null : value === 'yes';
}

function answerOf(value: boolean | null): Answer {
  if (value === null) return 'unknown';
  return value ? 'yes' : 'no';
}
