import type { AggregateDefinition } from '../aggregate.ts';
import type { EventMap } from '../event.ts';
import { quote, type Report } from './fault.ts';

/** What a policy or a projection takes: events of the app's aggregates, by their own names. */
export function checkSubscription(
  on: EventMap,
  aggregates: readonly AggregateDefinition[],
  report: Report,
): void {
  if (Object.keys(on).length === 0) report('on', 'it takes no event, and so does nothing');
  const declared = aggregates.flatMap(({ events }) => Object.entries(events));
  for (const [name, event] of Object.entries(on)) {
    const names = declared.filter(([, other]) => other === event).map(([known]) => known);
    if (names.length === 0) report(`on.${name}`, 'no aggregate of the app records this event');
    else if (!names.includes(name)) {
      report(`on.${name}`, `the event is recorded as ${quote(names[0] ?? '')}`);
    }
  }
}
