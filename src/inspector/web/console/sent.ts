import { useSyncExternalStore } from 'react';

/** A command that was sent from this tab. */
export interface Sent {
  readonly type: string;
  readonly data: unknown;
  /** ISO 8601. */
  readonly at: string;
  /** `accepted`, `rejected`, or the code of what kept it from being decided. */
  readonly outcome: string;
}

const KEY = 'everstate.sent';
const SENT_MAX = 20;

const listeners = new Set<() => void>();
let sent: readonly Sent[] = stored();

function stored(): readonly Sent[] {
  try {
    // Written by this page alone.
    return JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as readonly Sent[];
  } catch {
    return [];
  }
}

/** Keeps a command with those sent last, until the tab is closed. */
export function keepSent(command: Sent): void {
  sent = [command, ...sent].slice(0, SENT_MAX);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(sent));
  } catch {
    // There is no room for all: these are kept until the page is left.
  }
  for (const listener of listeners) listener();
}

/** The commands sent last, newest first. */
export function useSent(): readonly Sent[] {
  return useSyncExternalStore(subscribe, () => sent);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
