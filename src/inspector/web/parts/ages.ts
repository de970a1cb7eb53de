import { age } from '../../protocol.ts';

/** For how long the oldest of those that wait does, in milliseconds; 0: none waits. */
export function waited(ms: number): string {
  return ms === 0 ? '–' : age(ms);
}
