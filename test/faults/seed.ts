import { onTestFailed } from 'vitest';

export { randomFrom } from '../../src/testing/random.ts';

/** `SEED=… npx vitest run test/faults/…` repeats a run. */
export const SEED = Number(process.env.SEED ?? 20_250_610);

/** Any of them. */
export function oneOf<T>(random: () => number, all: readonly T[]): T {
  const found = all[Math.floor(random() * all.length)];
  if (found === undefined) throw new Error('there is nothing to choose from');
  return found;
}

/** To be called in a test that draws from `SEED`. @param file in this directory, or in `test` */
export function tellHowToRepeat(file: string): void {
  const { MISHAPS } = process.env;
  const more = MISHAPS === undefined ? '' : ` MISHAPS=${MISHAPS}`;
  const run = `npm run build && SEED=${SEED}${more} npx vitest run test/${file.includes('/') ? '' : 'faults/'}${file}`;
  onTestFailed(() => console.error(`To repeat: ${run}`));
}
