import { type Random as Lots, seededRandom } from '../../../src/cli/random.ts';

/** A stream of choices that is the same for the same seed. */
export interface Random extends Lots {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform between two numbers. */
  between(low: number, high: number): number;
  /** One of the items, of which there is at least one. */
  oneOf<T>(items: readonly T[]): T;
}

const PARTS = 2 ** 30;

/** One of a seed's streams: what one part of a run draws changes nothing for the others. */
export function streamOf(seed: number, stream: number): Random {
  const lots = seededRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b));
  const next = () => lots.below(PARTS) / PARTS;
  return {
    ...lots,
    next,
    between: (low, high) => low + (high - low) * next(),
    oneOf(items) {
      const item = lots.pick(items);
      if (item === undefined) throw new Error('there is nothing to choose from');
      return item;
    },
  };
}
