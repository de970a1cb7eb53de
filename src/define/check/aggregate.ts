import type { AggregateDefinition } from '../aggregate.ts';
import type { AnyEventDefinition } from '../event.ts';
import { checkName, checkType, checkVersion, quote, type Report } from './fault.ts';
import { checkMigrations } from './migrations.ts';

/** Everything of an aggregate but its commands and its machine. */
export function checkAggregate(aggregate: AggregateDefinition, report: Report): void {
  checkType(report, 'type', aggregate.type);
  if (checkVersion(report, 'version', aggregate.version)) {
    checkMigrations(aggregate.version, aggregate.migrations, report);
  }
  for (const [name, event] of Object.entries(aggregate.events)) {
    checkName(report, `events.${name}`, name);
    checkEvent(event, `events.${name}`, report);
  }
  for (const name of Object.keys(aggregate.claims)) checkName(report, `claims.${name}`, name);
  checkViewAndCollections(aggregate, report);
  checkFolds(aggregate, report);
}

function checkEvent(event: AnyEventDefinition, field: string, report: Report): void {
  if (!checkVersion(report, `${field}.version`, event.version)) return;
  for (let from = 1; from < event.version; from++) {
    if (!Object.hasOwn(event.upcast, from)) {
      report(`${field}.upcast`, `there is no upcaster from version ${from} to ${from + 1}`);
    }
  }
  for (const from of Object.keys(event.upcast)) {
    const step = Number(from);
    if (!Number.isInteger(step) || step < 1 || step >= event.version) {
      report(
        `${field}.upcast.${from}`,
        `nothing is upcast from version ${from} to the current version ${event.version}`,
      );
    }
  }
}

function checkViewAndCollections(aggregate: AggregateDefinition, report: Report): void {
  const owner = aggregate.view?.definition.aggregate ?? aggregate.type;
  if (owner !== aggregate.type) report('view', `it is a view of the aggregate ${quote(owner)}`);
  for (const [name, collection] of Object.entries(aggregate.collections)) {
    const field = `collections.${name}`;
    checkName(report, field, name);
    if (collection.name !== name) {
      report(field, `the collection's own name is ${quote(collection.name)}`);
    }
    if (collection.aggregate !== aggregate.type) {
      report(field, `it is a collection of the aggregate ${quote(collection.aggregate)}`);
    }
  }
}

function checkFolds(aggregate: AggregateDefinition, report: Report): void {
  for (const [collection, folds] of Object.entries(aggregate.folds)) {
    if (!Object.hasOwn(aggregate.collections, collection)) {
      report(`folds.${collection}`, 'no such collection is declared');
    }
    for (const event of Object.keys(folds)) {
      const declared = Object.hasOwn(aggregate.events, event) && aggregate.events[event];
      if (!declared) {
        report(`folds.${collection}.${event}`, 'no such event is declared');
      } else if (declared.rejection) {
        report(`folds.${collection}.${event}`, 'a refusal changes no collection');
      }
    }
  }
}
