/** What tabs of one browser take turns at. */
const NAME = 'everstate.live';
/** How long a turn lasts that is not prolonged, in milliseconds: as after its tab crashed. */
const TURN_MS = 5_000;
/** How often it is prolonged, and looked for, in milliseconds. */
const LOOK_MS = 500;
/** How long two that took a free turn at once need to find that out, in milliseconds. */
const SETTLE_MS = 100;

/** @param ending aborted where it is over */
type Lead = (ending: AbortSignal) => Promise<void>;

/**
 * Waits until it is this tab's turn, and leads: until `ending` is aborted. Of all tabs of a browser
 * one has its turn at a time.
 * @param tab a name that no other has
 */
export async function inTurn(tab: string, ending: AbortSignal, lead: Lead): Promise<void> {
  if (!('locks' in navigator)) return inTurnByStorage(tab, ending, lead);
  try {
    await navigator.locks.request(NAME, { signal: ending }, async () => {
      if (!ending.aborted) await lead(ending);
    });
  } catch {
    // Ended while it waited; or the browser refuses after all.
    await inTurnByStorage(tab, ending, lead);
  }
}

/**
 * The same where browsers keep locks from pages: on plain `http` from another machine. Who writes last
 * into what all tabs share has the turn.
 */
async function inTurnByStorage(tab: string, ending: AbortSignal, lead: Lead): Promise<void> {
  while (!ending.aborted) {
    if (holder() === null) {
      take(tab);
      await pause(SETTLE_MS, ending);
      if (holder() === tab) await leadByStorage(tab, ending, lead);
    }
    await pause(LOOK_MS, ending);
  }
}

async function leadByStorage(tab: string, ending: AbortSignal, lead: Lead): Promise<void> {
  const lost = new AbortController();
  const end = () => lost.abort();
  ending.addEventListener('abort', end, { once: true });
  const timer = setInterval(() => {
    if ((holder() ?? tab) === tab) take(tab);
    else end();
  }, LOOK_MS);
  try {
    if (!ending.aborted) await lead(lost.signal);
  } finally {
    clearInterval(timer);
    ending.removeEventListener('abort', end);
    if (holder() === tab) localStorage.removeItem(NAME);
  }
}

/** Whose turn it is; `null`: nobody's. */
function holder(): string | null {
  const [tab = '', until = '0'] = (localStorage.getItem(NAME) ?? '').split(' ');
  const left = Number(until) - Date.now();
  // A clock that was set back leaves nobody with a turn for ever.
  return left > 0 && left <= TURN_MS ? tab : null;
}

function take(tab: string): void {
  localStorage.setItem(NAME, `${tab} ${Date.now() + TURN_MS}`);
}

/**
 * Shows that this tab is there until `ending` is aborted, or it crashes: {@link untilGone} of others
 * tells. Resolves once that is so.
 */
export function stayPresent(tab: string, ending: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (!('locks' in navigator)) return resolve();
    const held = () => {
      resolve();
      return aborted(ending);
    };
    navigator.locks.request(presenceOf(tab), { signal: ending }, held).catch(() => resolve());
  });
}

/**
 * Waits until a tab that was present is gone. It never is where browsers keep locks from pages: one that
 * crashed is not missed there.
 * @returns false where `ending` was aborted before
 */
export async function untilGone(tab: string, ending: AbortSignal): Promise<boolean> {
  if (!('locks' in navigator)) return false;
  const gone = navigator.locks.request(presenceOf(tab), { signal: ending }, () => true);
  return gone.catch(() => false);
}

function presenceOf(tab: string): string {
  return `${NAME}/${tab}`;
}

/** Resolves when `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits; not after `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
