import { onTestFailed } from 'vitest';

/** `SEED=… npx vitest run test/faults/…` repeats a run. */
export const SEED = Number(process.env.SEED ?? 20_250_610);

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Any of them. */
export function oneOf<T>(random: () => number, all: readonly T[]): T {
  const found = all[Math.floor(random() * all.length)];
  if (found === undefined) throw new Error('there is nothing to choose from');
  return found;
}

/** To be called in a test that draws from `SEED`. */
export function tellHowToRepeat(file: string): void {
  const { MISHAPS } = process.env;
  const more = MISHAPS === undefined ? '' : ` MISHAPS=${MISHAPS}`;
  const run = `npm run build && SEED=${SEED}${more} npx vitest run test/faults/${file}`;
  onTestFailed(() => console.error(`To repeat: ${run}`));
}
