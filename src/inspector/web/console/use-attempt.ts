import { useRef, useState } from 'react';
import { API_PATH, type DryRun } from '../../protocol.ts';
import { Problem, sendCommand, write } from '../api.ts';
import { keepSent } from './sent.ts';

/** What the server answered to a command. */
export interface CommandAnswer {
  readonly status: string;
  readonly commandId?: string;
  readonly actor?: { readonly type: string; readonly id: string; readonly version: number };
  readonly events?: readonly {
    readonly id: string;
    readonly type: string;
    readonly data: unknown;
    readonly correlationId: string;
  }[];
}

/** What became of asking or sending. */
export type Came =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'underway'; readonly what: 'asked' | 'sent' }
  | { readonly kind: 'asked'; readonly result: DryRun }
  | { readonly kind: 'sent'; readonly answer: CommandAnswer }
  | { readonly kind: 'refused'; readonly what: 'asked' | 'sent'; readonly problem: Problem };

/** Answers after which nobody knows whether the command took effect: tried again under one key. */
const isUnknown = ({ status }: Problem) => status === 0 || status === 503 || status === 500;

/** Asks about a command, and sends it: once, however often the button is pressed. */
export function useAttempt(type: string, data: unknown) {
  const [came, setCame] = useState<Came>({ kind: 'nothing' });
  const attempt = useRef({ text: '', key: '' });
  const underWay = useRef<symbol | null>(null);

  const perform = async (what: 'asked' | 'sent', act: () => Promise<Came>): Promise<void> => {
    if (underWay.current !== null) return;
    const own = Symbol(what);
    underWay.current = own;
    setCame({ kind: 'underway', what });
    const came = await act().catch((error: unknown): Came => {
      const fault = new Problem(0, 'unknown', 'The page has a fault');
      return { kind: 'refused', what, problem: error instanceof Problem ? error : fault };
    });
    // What was asked of other data than are there by now is of no use.
    if (underWay.current !== own) return;
    underWay.current = null;
    setCame(came);
  };
  /** The data are others now; what was sent is told all the same. */
  const forget = (): void => {
    if (came.kind === 'underway' && came.what === 'sent') return;
    underWay.current = null;
    setCame({ kind: 'nothing' });
  };

  const send = () =>
    perform('sent', async () => {
      const text = JSON.stringify([type, data]);
      if (attempt.current.text !== text) attempt.current = { text, key: newKey() };
      const keep = (outcome: string) =>
        keepSent({ type, data, at: new Date().toISOString(), outcome });
      try {
        const answer = await sendCommand<CommandAnswer>(type, data, attempt.current.key);
        attempt.current = { text: '', key: '' };
        keep(answer.status);
        return { kind: 'sent', answer };
      } catch (error) {
        if (error instanceof Problem) {
          if (!isUnknown(error)) attempt.current = { text: '', key: '' };
          keep(error.code);
        }
        throw error;
      }
    });
  const ask = () =>
    perform('asked', async () => ({
      kind: 'asked',
      result: await write<DryRun>(`${API_PATH}/dry-run`, { type, data }),
    }));
  return { came, ask, send, forget };
}

/** Random enough to be nobody else's. `randomUUID` is there on secure origins alone. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
