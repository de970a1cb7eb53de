import { createStore } from '@xstate/store';
import { useEffect, useEffectEvent } from 'react';
import type { LiveFrame } from '../protocol.ts';
import { LiveShare, type StreamState, type Told, type Want } from './live-share.ts';
import { readStream } from './live-stream.ts';
import { aborted, pause } from './live-turn.ts';
import { page } from './store.ts';

/** `paused`: nobody sees the page, or it lacks credentials. */
export type LiveState = StreamState | 'paused';

/** How the stream fares that the page is told by. */
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
  readonly actor: Want;
  readonly take: (frame: LiveFrame) => void;
}

const listeners = new Set<Listener>();
const returns = new Set<() => void>();
let frames: LiveFrame[] = [];
/** What the server is told to go on after. */
let bookmark = '';
/** What the stream was asked for last. */
let asked: Want = null;
/** Ends this tab's part. */
let part = new AbortController();
/** Ends the connection of this tab. */
let connection = new AbortController();

const share = new LiveShare({
  wants: () => [...new Set(Array.from(listeners, ({ actor }) => actor))],
  told,
  became,
  wantsChanged: reconsider,
});

/**
 * Has a screen told what happens, frame by frame, and drawn once for all that came since it last was.
 * @param actor `type:id` where nothing else matters to it; `null`: of all
 */
export function useLive(actor: Want, take: (frame: LiveFrame) => void): void {
  const taken = useEffectEvent(take);
  useEffect(() => {
    const listener: Listener = { actor, take: (frame) => taken(frame) };
    const changed = () => {
      // A screen that goes and one that comes are one change.
      queueMicrotask(reconsider);
      queueMicrotask(() => share.sayWants());
    };
    listeners.add(listener);
    changed();
    return () => {
      listeners.delete(listener);
      changed();
    };
  }, [actor]);
}

/**
 * Has a screen told that what it shows may be old: nobody saw the page for a while, or the server did
 * not answer, or it took no credentials, and that is over.
 */
export function useReturn(act: () => void): void {
  const acted = useEffectEvent(act);
  useEffect(() => {
    const listener = () => acted();
    returns.add(listener);
    return () => {
      returns.delete(listener);
    };
  }, []);
}

/** Whether anything may be asked of the server by itself: somebody sees the page, and may. */
export function isWatched(): boolean {
  return document.visibilityState === 'visible' && !page.getSnapshot().context.isLockedOut;
}

/** Begins to take part in the stream: once for a page. */
export function startLive(): void {
  const changed = () => {
    const { state } = live.getSnapshot().context;
    if (isWatched() === (state === 'paused')) part.abort();
  };
  document.addEventListener('visibilitychange', changed);
  page.subscribe(changed);
  void takePart();
}

async function takePart(): Promise<never> {
  for (;;) {
    part = new AbortController();
    const { signal } = part;
    if (isWatched()) await share.takePart(signal, stayConnected);
    else {
      live.trigger.became({ state: 'paused' });
      await aborted(signal);
      if (!isWatched()) continue;
      became('connecting');
      tellReturn();
    }
  }
}

/** Asks anew where others are listened for; it goes on where it was. */
function reconsider(): void {
  if (share.wanted() !== asked) connection.abort();
}

/** Reads the stream until it is ended, whatever comes between. */
async function stayConnected(ending: AbortSignal): Promise<void> {
  ending.addEventListener('abort', () => connection.abort(), { once: true });
  for (let failures = 0; !ending.aborted; ) {
    connection = new AbortController();
    const { signal } = connection;
    const wanted = share.wanted();
    // Of one actor it knows where it was; of the others it would be told all since.
    if (failures > RESUMES_MAX || (wanted === null && asked !== null)) bookmark = '';
    asked = wanted;
    const onOpen = () => tellState('live');
    const onTold = (frame: LiveFrame | null, place: string | null) => {
      const part = { of: wanted, frame, bookmark: place };
      told(part);
      share.tell(part);
    };
    const call = { actor: wanted, bookmark, signal, onOpen, onTold };
    // What cannot be understood is no reason to give up for good.
    const end = await readStream(call).catch(() => 'refused' as const);
    if (signal.aborted) continue;
    if (end === 'lost') bookmark = '';
    failures = end === 'ended' ? 0 : failures + 1;
    tellState('reconnecting');
    const longest = Math.min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** failures);
    // Pages that lost the same server do not come back together.
    await pause(longest * (0.5 + Math.random() / 2), signal);
  }
}

function tellState(state: StreamState): void {
  became(state);
  share.tellState(state);
}

function became(state: StreamState): void {
  const before = live.getSnapshot().context.state;
  if (before === state) return;
  live.trigger.became({ state });
  if (state === 'live' && before === 'reconnecting') tellReturn();
}

function tellReturn(): void {
  for (const listener of returns) listener();
}

function told({ of, frame, bookmark: place }: Told): void {
  asked = of;
  if (frame !== null) queue(frame);
  if (place !== null) bookmark = place;
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
