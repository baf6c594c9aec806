import { createStore, type Readable } from './store.ts';

export const THEMES = ['dark', 'light', 'sunlight'] as const;
export type Theme = (typeof THEMES)[number];
export const UNIT_SYSTEMS = ['metric', 'aviation'] as const;
export type UnitSystem = (typeof UNIT_SYSTEMS)[number];

export interface Settings {
  readonly theme: Theme;
  readonly units: UnitSystem;
  /** Warnings sound in any case. */
  readonly cautionSound: boolean;
}

export interface SettingsStore extends Readable<Settings> {
  change(part: Partial<Settings>): void;
}

const STORAGE_KEY = 'skyrescue.settings';
const DEFAULTS: Settings = { theme: 'dark', units: 'metric', cautionSound: true };

export function createSettings(storage: Storage): SettingsStore {
  const store = createStore<Settings>(parseSettings(storage.getItem(STORAGE_KEY)));
  return {
    ...store,
    change(part) {
      store.set({ ...store.get(), ...part });
      storage.setItem(STORAGE_KEY, JSON.stringify(store.get()));
    },
  };
}

/** Anything that is not a known choice becomes the default: the storage may hold another version's words. */
export function parseSettings(text: string | null): Settings {
  let stored: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) stored = parsed as Record<string, unknown>;
  } catch {
    // Not ours: the defaults hold.
  }
  return {
    theme: THEMES.find((theme) => theme === stored.theme) ?? DEFAULTS.theme,
    units: UNIT_SYSTEMS.find((units) => units === stored.units) ?? DEFAULTS.units,
    cautionSound: typeof stored.cautionSound === 'boolean' ? stored.cautionSound : DEFAULTS.cautionSound,
  };
}
