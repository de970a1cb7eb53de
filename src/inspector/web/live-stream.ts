import { API_PATH, LIVE_BEAT_MS, type LiveFrame } from '../protocol.ts';
import { StreamParser } from './sse.ts';
import { page } from './store.ts';

/** What a stream is asked for, and who is told. */
interface StreamCall {
  /** `type:id`; `null`: all. */
  readonly actor: string | null;
  /** Goes on after this; empty: from now on. */
  readonly bookmark: string;
  readonly signal: AbortSignal;
  /** It begins. */
  readonly onOpen: () => void;
  readonly onTold: (frame: LiveFrame | null, bookmark: string | null) => void;
}

/** `lost`: what it was to go on after is of no use any more. */
type StreamEnd = 'ended' | 'refused' | 'lost';

/** For how long nothing comes from a server that is gone without a word, in milliseconds. */
const SILENCE_MS_MAX = 3 * LIVE_BEAT_MS;

/** Reads the live stream until it ends, or falls silent. */
export async function readStream(call: StreamCall): Promise<StreamEnd> {
  const silence = new AbortController();
  const until = () => setTimeout(() => silence.abort(), SILENCE_MS_MAX);
  let timer = until();
  const onSign = () => {
    clearTimeout(timer);
    timer = until();
  };
  const signal = AbortSignal.any([call.signal, silence.signal]);
  return readSigns({ ...call, signal }, onSign).finally(() => clearTimeout(timer));
}

/** @param onSign told whenever something comes */
async function readSigns(call: StreamCall, onSign: () => void): Promise<StreamEnd> {
  const { actor, bookmark, signal, onOpen, onTold } = call;
  const search = actor === null ? '' : `?actor=${encodeURIComponent(actor)}`;
  const headers = new Headers();
  const { token } = page.getSnapshot().context;
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  if (bookmark !== '') headers.set('last-event-id', bookmark);
  const response = await fetch(`${API_PATH}/live${search}`, { headers, signal }).catch(() => null);
  if (response?.status === 401) page.trigger.lockedOut();
  // The store is another by now.
  if (response?.status === 400) return 'lost';
  if (!response?.ok || !response.body) return 'refused';
  const parser = new StreamParser();
  const reader = response.body.getReader();
  let hasBegun = false;
  try {
    for (;;) {
      const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
      if (done || value === undefined) return hasBegun ? 'ended' : 'refused';
      onSign();
      if (!hasBegun) onOpen();
      hasBegun = true;
      for (const { id, data } of parser.push(value)) {
        onTold(data === '' ? null : (JSON.parse(data) as LiveFrame), id);
      }
    }
  } finally {
    // What was not understood is read no further: left open, it would keep its connection.
    await reader.cancel().catch(() => {});
  }
}
