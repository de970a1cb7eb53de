import { createStore } from '@xstate/store';
import { useEffect, useEffectEvent } from 'react';
import { API_PATH, type LiveFrame } from '../protocol.ts';
import { StreamParser } from './sse.ts';
import { page } from './store.ts';

/** `paused`: nobody sees the page, or it lacks credentials. */
export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'paused';

/** How the page's one connection fares. */
export const live = createStore({
  context: {
    state: 'connecting' as LiveState,
    /** Events that were left out since the page was opened. */
    skipped: 0,
  },
  on: {
    became: (context, { state }: { state: LiveState }) => ({ ...context, state }),
    skipped: (context, { count }: { count: number }) => ({
      ...context,
      skipped: context.skipped + count,
    }),
  },
});

const WAIT_MS_MIN = 250;
const WAIT_MS_MAX = 8_000;
/** After so many failures in a row it goes on from now: what it left off at may be of no use. */
const RESUMES_MAX = 4;

interface Listener {
  readonly actor: string | null;
  readonly take: (frame: LiveFrame) => void;
}

const listeners = new Set<Listener>();
let frames: LiveFrame[] = [];
/** What the server was told to go on after. */
let bookmark = '';
let asked: string | null = null;
let current = new AbortController();

/**
 * Has a screen told what happens, frame by frame, and drawn once for all that came since it last was.
 * @param actor `type:id` where nothing else matters to it; `null`: of all
 */
export function useLive(actor: string | null, take: (frame: LiveFrame) => void): void {
  const taken = useEffectEvent(take);
  useEffect(() => {
    const listener: Listener = { actor, take: (frame) => taken(frame) };
    listeners.add(listener);
    reconsider();
    return () => {
      listeners.delete(listener);
      reconsider();
    };
  }, [actor]);
}

/** Begins the connection: once for a page. */
export function startLive(): void {
  document.addEventListener('visibilitychange', () => current.abort());
  page.subscribe(() => {
    if (live.getSnapshot().context.state === 'paused') current.abort();
  });
  void stayConnected();
}

/** The one actor that all who listen ask for; `null` where there is none. */
function wanted(): string | null {
  const actors = new Set(Array.from(listeners, ({ actor }) => actor));
  const [first = null] = actors;
  return actors.size === 1 ? first : null;
}

/** Asks anew where others are listened for; it goes on where it was. */
function reconsider(): void {
  // A screen that goes and one that comes are one change.
  queueMicrotask(() => {
    if (wanted() !== asked) current.abort();
  });
}

async function stayConnected(): Promise<never> {
  let failures = 0;
  for (;;) {
    current = new AbortController();
    const { signal } = current;
    if (document.visibilityState !== 'visible' || page.getSnapshot().context.isLockedOut) {
      live.trigger.became({ state: 'paused' });
      await aborted(signal);
      continue;
    }
    if (failures > RESUMES_MAX) bookmark = '';
    const wasOpen = await connect(signal).catch(() => false);
    if (signal.aborted) continue;
    failures = wasOpen ? 0 : failures + 1;
    live.trigger.became({ state: 'reconnecting' });
    const longest = Math.min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** failures);
    // Pages that lost the same server do not come back together.
    await pause(longest * (0.5 + Math.random() / 2), signal);
  }
}

/** Reads until the stream ends. @returns whether it began */
async function connect(signal: AbortSignal): Promise<boolean> {
  asked = wanted();
  const search = asked === null ? '' : `?actor=${encodeURIComponent(asked)}`;
  const headers = new Headers();
  const { token } = page.getSnapshot().context;
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  if (bookmark !== '') headers.set('last-event-id', bookmark);
  const response = await fetch(`${API_PATH}/live${search}`, { headers, signal });
  if (response.status === 401) page.trigger.lockedOut();
  // The store is another by now.
  if (response.status === 400) bookmark = '';
  if (!response.ok || !response.body) return false;
  const parser = new StreamParser();
  const reader = response.body.getReader();
  let hasBegun = false;
  for (;;) {
    const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
    if (done || value === undefined) return hasBegun;
    if (!hasBegun) live.trigger.became({ state: 'live' });
    hasBegun = true;
    for (const { id, data } of parser.push(value)) {
      if (data !== '') queue(JSON.parse(data) as LiveFrame);
      if (id !== null) bookmark = id;
    }
  }
}

/** Frames are handed on when the page is drawn next. */
function queue(frame: LiveFrame): void {
  if (frames.length === 0) requestAnimationFrame(handOn);
  frames.push(frame);
}

function handOn(): void {
  const taken = frames;
  frames = [];
  const skipped = taken.reduce((sum, frame) => sum + frame.skipped, 0);
  if (skipped > 0) live.trigger.skipped({ count: skipped });
  for (const frame of taken) for (const { take } of listeners) take(frame);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function pause(ms: number, signal: AbortSignal): Promise<unknown> {
  return Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), aborted(signal)]);
}
