/** Whom the feed is kept for: its subscribers, those that the app has and those that are gone. */
import type { RemoveAnswer, SubscriberFigures } from './engine.ts';
import { projectionOf } from './generations/row.ts';
import { surveyAll } from './partitions.ts';
import type { Store } from './store.ts';
import type { Survey } from './work-store.ts';

/** Those whom the app has. */
export interface SubscriberNames {
  readonly policies: readonly string[];
  readonly projections: readonly string[];
}

/** All subscribers, by name. @throws StoreUnavailable */
export async function listSubscribers(
  store: Store,
  names: SubscriberNames,
): Promise<readonly SubscriberFigures[]> {
  const surveys = await surveyAll(store, []);
  const found = new Set(surveys.flatMap(({ checkpoints }) => Object.keys(checkpoints)));
  return [...found].sort().map((name) => ({
    name,
    kind: kindOf(name, names),
    lag: surveys.reduce((lag, survey) => lag + lagIn(survey, name), 0),
  }));
}

/** Those whom the app has not. @throws StoreUnavailable */
export async function goneSubscribers(
  store: Store,
  names: SubscriberNames,
): Promise<readonly string[]> {
  const all = await listSubscribers(store, names);
  return all.filter(({ kind }) => kind === 'gone').map(({ name }) => name);
}

/** Has nothing kept any more for one who is gone. @throws StoreUnavailable */
export async function removeSubscriber(
  store: Store,
  names: SubscriberNames,
  name: string,
): Promise<RemoveAnswer> {
  if (kindOf(name, names) !== 'gone') return 'in_use';
  const surveys = await surveyAll(store, []);
  if (!surveys.some(({ checkpoints }) => Object.hasOwn(checkpoints, name))) return 'unknown';
  await store.unsubscribe(name);
  return 'removed';
}

function kindOf(name: string, { policies, projections }: SubscriberNames) {
  if (projections.includes(projectionOf(name))) return 'projection';
  return policies.includes(name) ? 'policy' : 'gone';
}

function lagIn({ head, trimmed, checkpoints }: Survey, name: string): number {
  return Math.max(0, head - Math.max(trimmed, checkpoints[name] ?? 0));
}
