import type { Position } from '../../preload/contract/geo.ts';
import { createStore, type Readable } from './store.ts';

export type Workspace = 'operate' | 'dispatch' | 'maintenance' | 'review' | 'system';

export interface ViewState {
  readonly workspace: Workspace;
  /** The tab that the workspace System shows; null: its first one. */
  readonly systemTab: string | null;
  /** Key of the drone whose detail is shown, as in the feeds. */
  readonly selectedKey: string | null;
  /** Where the map was asked to go. A new object each time asks again. */
  readonly focus: Position | null;
}

export interface View extends Readable<ViewState> {
  open(workspace: Workspace): void;
  /** System, with this tab in front. */
  openSystem(tab: string): void;
  select(key: string | null): void;
  /** Operate, with this drone selected. */
  show(key: string): void;
  focusOn(position: Position): void;
}

export function createView(): View {
  const store = createStore<ViewState>({
    workspace: 'operate',
    systemTab: null,
    selectedKey: null,
    focus: null,
  });
  const change = (part: Partial<ViewState>): void => store.set({ ...store.get(), ...part });
  return {
    ...store,
    open: (workspace) => change({ workspace }),
    openSystem: (systemTab) => change({ systemTab, workspace: 'system' }),
    select: (selectedKey) => change({ selectedKey }),
    show: (selectedKey) => change({ selectedKey, workspace: 'operate' }),
    focusOn: (position) => change({ focus: { ...position } }),
  };
}
