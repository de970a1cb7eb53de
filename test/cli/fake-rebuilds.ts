import type { ProjectionFigures } from '../../src/cli/policy-answers.ts';
import type { FakeAnswer } from './fake-policies.ts';

/** How a read model fares that nothing is made beside. */
export const AT_REST: ProjectionFigures = {
  name: 'followers',
  version: 1,
  generation: 0,
  wantsRebuild: true,
  lag: 0,
  oldestPendingMs: 0,
  rebuild: null,
};

/** The same while version 2 is made, so far. */
export function building(
  passed: number,
  records: number,
  phase: 'building' | 'entering' = 'building',
): ProjectionFigures {
  return { ...AT_REST, rebuild: { version: 2, phase, passed, records } };
}

/** And when it has taken the other's place. */
export const REBUILT: ProjectionFigures = {
  ...AT_REST,
  version: 2,
  generation: 1,
  wantsRebuild: false,
};

/** The routes that tell of projections, and of their rebuilds. */
export class FakeRebuilds {
  /** What looks find, one after another; the last one for good. `null`: no such projection. */
  looks: (ProjectionFigures | null)[] = [AT_REST];
  /** What an operator's word comes to. */
  answers: { rebuild: FakeAnswer; abandon: FakeAnswer } = {
    rebuild: [202, { status: 'started' }],
    abandon: [200, { status: 'abandoned' }],
  };
  /** Words that were said, in order. */
  readonly said: string[] = [];
  /** Called at each look. */
  onLook: (look: number) => void = () => undefined;
  #looked = 0;

  answer(method: string, path: string): FakeAnswer {
    if (method === 'GET' && path === '/v1/projections') return this.#look();
    const [, name = '', isAbandoned] =
      /^\/v1\/projections\/([^/]+)\/rebuild(\/abandon)?$/.exec(path) ?? [];
    if (method !== 'POST' || name === '') return null;
    const word = isAbandoned ? 'abandon' : 'rebuild';
    this.said.push(`${word} ${decodeURIComponent(name)}`);
    return this.answers[word];
  }

  #look(): FakeAnswer {
    const look = this.#looked++;
    this.onLook(look);
    const found = this.looks[Math.min(look, this.looks.length - 1)] ?? null;
    const usernames = { ...AT_REST, name: 'usernames', wantsRebuild: false, lag: 1_200 };
    return [200, { items: [...(found ? [found] : []), usernames] }];
  }
}
