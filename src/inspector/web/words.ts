/** How what is under way is called. */
import { exactly, type UnderWay } from '../protocol.ts';

/** A message to a machine as people name it: of an `after` its delay and its state, of an invoke what it runs. */
export function messageName(type: string): string {
  const after = /^xstate\.after\.([^.]+)\.(.+)$/.exec(type);
  if (after) {
    const [, delay = '', state = ''] = after;
    const said = /^\d+$/.test(delay) ? exactly(Number(delay)) : delay;
    // The state's own id begins with the machine's.
    return `after ${said} in ${state.slice(state.indexOf('.') + 1)}`;
  }
  const ended = /^xstate\.(done|error)\.actor\.(.+)$/.exec(type);
  return ended ? `${ended[1]}: ${ended[2]}` : type;
}

/** In a word, what is so of it. */
export function wordOf({ what, stage }: Pick<UnderWay, 'what' | 'stage'>): string {
  switch (stage) {
    case 'dead':
      return 'given up';
    case 'retrying':
      return 'retrying';
    case 'waiting':
      return what === 'timer' ? 'set' : 'waits';
    case 'sent':
      return what === 'effect' ? 'runs' : 'on its way';
  }
}
