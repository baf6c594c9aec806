const STORAGE_KEY = 'skyrescue.page-token';

/**
 * The token that the headless host puts into the page's address (`#token=…`). It moves to the tab's storage and leaves
 * the address bar, so that it is neither bookmarked nor seen on a shared screen.
 */
export function takePageToken(location: Location, history: History, storage: Storage): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return storage.getItem(STORAGE_KEY);
  storage.setItem(STORAGE_KEY, token);
  history.replaceState(null, '', location.pathname + location.search);
  return token;
}
