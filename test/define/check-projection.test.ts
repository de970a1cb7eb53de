import { describe, expect, it } from 'vitest';
import { defineApp } from '../../src/define/index.ts';
import { faultsIn, query } from './box.ts';
import { boxes, Opened, opened, policy, projection, projectionFaults } from './shipping.ts';

describe('a projection', () => {
  it.each([
    [{ name: 'Opened' }, ['name: "Opened" may hold lower-case letters, digits and -, and']],
    [{ version: 0 }, ['version: 0 is not a whole number from 1']],
    [
      { model: { ...opened, aggregate: 'box' } },
      ['model: it is a collection of the aggregate "box", no read model'],
    ],
    [{ model: { ...opened, aggregate: '~Box' } }, ['model: "Box" may hold lower-case letters']],
    [{ on: {}, folds: {} }, ['on: it takes no event, and so does nothing']],
    [{ folds: {} }, ['folds.Opened: the event has no fold']],
    [
      { folds: { Opened: () => [], Closed: () => [] } },
      ['folds.Closed: the projection takes no such event'],
    ],
    [
      { on: { Closed: Opened }, folds: { Closed: () => [] } },
      ['on.Closed: the event is recorded as "Opened"'],
    ],
  ])('%o', (parts, expected) => {
    const faults = projectionFaults(parts);
    expect(faults).toEqual(expected.map((start) => expect.stringContaining(start)));
  });
});

describe('an app', () => {
  it('has no two subscribers of one name, and no read model that two write', () => {
    const projections = [projection(), projection({ name: 'shipping' })];
    const parts = { aggregates: [boxes], policies: [policy()], projections, queries: [query()] };
    expect(faultsIn(parts)).toEqual([
      {
        file: 'machines/index.ts',
        field: 'subscribers.shipping',
        problem: 'there are 2 of that name: machines/shipping.ts, machines/opened.ts',
      },
      {
        file: 'machines/index.ts',
        field: 'readModels.opened',
        problem: 'there are 2 of that name: machines/opened.ts, machines/opened.ts',
      },
    ]);
  });

  it('names the mistakes of all its definitions at once, each with its file', () => {
    const app = () =>
      defineApp({
        aggregates: [boxes],
        policies: [policy({ attempts: 0 })],
        projections: [projection({ version: 0 })],
      });
    expect(app).toThrow(/machines\/shipping\.ts: attempts: 0 is/);
    expect(app).toThrow(/machines\/opened\.ts: version: 0 is/);
  });
});
