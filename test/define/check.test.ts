import { describe, expect, it } from 'vitest';
import { and, assign, createMachine, log, not, raise } from 'xstate';
import { z } from 'zod';
import {
  DefinitionError,
  defineApp,
  defineCollection,
  defineCommand,
  defineEvent,
  defineRejection,
  defineView,
  entry,
  noEffect,
  size,
  view,
} from '../../src/define/index.ts';

import {
  box,
  boxView,
  type Config,
  faultsIn,
  faultsOf,
  machine,
  machineFaults,
  Open,
  query,
  schema,
  things,
} from './box.ts';

describe('a sound app', () => {
  it('has no faults', () => {
    expect(faultsIn({ aggregates: [box()], queries: [query()] })).toEqual([]);
  });

  it('may nest, run in parallel, remember and end', () => {
    const faults = machineFaults(
      {
        initial: 'a',
        states: {
          a: { on: { GO: 'b' } },
          b: {
            type: 'parallel',
            states: {
              x: { initial: 'one', states: { one: {}, past: { type: 'history' } } },
              y: { entry: [raise({ type: 'GO' }), assign({}), log('in')] },
            },
            always: { guard: and([not('isOpen'), 'isOpen']), target: 'c' },
          },
          c: { type: 'final' },
        },
      },
      { guards: { isOpen: () => false } },
    );
    expect(faults).toEqual([]);
  });
});

describe('names', () => {
  it.each(['Box', '1box', 'box:1', '', 'bo_x'])('the type %j is refused', (type) => {
    expect(faultsOf({ type, view: null, collections: {}, folds: {} })).toEqual([
      `type: ${JSON.stringify(type)} may hold lower-case letters, digits and -, and begins with a letter`,
    ]);
  });

  it('of XState’s own events are no commands', () => {
    const commands = { Open, 'xstate.done': Open };
    expect(
      faultsOf({ commands, machine: machine({ on: { '*': { actions: noEffect } } }) }),
    ).toEqual(['commands.xstate.done: names that begin with xstate. are XState’s own']);
  });

  it('go into URLs', () => {
    const event = defineEvent({ schema: z.object({}) });
    const faults = faultsOf({
      commands: { 'Open/it': Open },
      events: { 'Opened,it': event },
      folds: {},
      machine: machine({ on: { '*': { actions: noEffect } } }),
    });
    expect(faults).toHaveLength(2);
    expect(faults.join()).toContain('commands.Open/it: the name "Open/it" may hold letters');
    expect(faults.join()).toContain('events.Opened,it: the name "Opened,it" may hold letters');
  });

  it('are unique in the app', () => {
    const twin = box({ file: 'machines/twin.ts' });
    const queries = [query(), query({ route: '/v1/boxes/{number}', params: z.any() })];
    const faults = faultsIn({ aggregates: [box(), twin], queries });
    expect(new Set(faults.map(({ file }) => file))).toEqual(new Set(['machines/index.ts']));
    expect(faults.map(({ field }) => field)).toEqual([
      'aggregates.box',
      'commands.Open',
      'events.Opened',
      'queries.getBox',
      'routes./v1/boxes/{}',
    ]);
    expect(faults[1]?.problem).toBe('there are 2 of that name: machines/box.ts, machines/twin.ts');
  });

  it('one aggregate in the list twice is one fault', () => {
    const one = box();
    expect(faultsIn({ aggregates: [one, one] })).toEqual([
      {
        file: 'machines/index.ts',
        field: 'aggregates.box',
        problem: 'there are 2 of that name: machines/box.ts, machines/box.ts',
      },
    ]);
  });
});

describe('events', () => {
  const data = z.object({});
  const upcaster = () => ({});
  it.each([
    [0, {}, 'events.E.version: 0 is not a whole number from 1'],
    [1.5, {}, 'events.E.version: 1.5 is not a whole number from 1'],
    [3, { 1: upcaster }, 'events.E.upcast: there is no upcaster from version 2 to 3'],
    [
      2,
      { 1: upcaster, 2: upcaster },
      'events.E.upcast.2: nothing is upcast from version 2 to the current version 2',
    ],
    [
      1,
      { 0: upcaster },
      'events.E.upcast.0: nothing is upcast from version 0 to the current version 1',
    ],
  ])('version %s, %o', (version, upcast, fault) => {
    const E = defineEvent({ schema: data, version, upcast });
    expect(faultsOf({ events: { E }, folds: {} })).toEqual([fault]);
  });

  it('an aggregate has a version too', () => {
    expect(faultsOf({ version: 0 })).toEqual(['version: 0 is not a whole number from 1']);
  });
});

describe('collections, views and folds', () => {
  it('belong to the aggregate', () => {
    const definition = defineView({ aggregate: 'crate', schema: z.null() });
    const faults = faultsOf({
      view: { definition, of: () => null },
      collections: { stuff: defineCollection({ aggregate: 'crate', name: 'goods' }) },
      folds: {},
    });
    expect(faults).toEqual([
      'view: it is a view of the aggregate "crate"',
      'collections.stuff: the collection\'s own name is "goods"',
      'collections.stuff: it is a collection of the aggregate "crate"',
    ]);
  });

  it('are folded by what is declared', () => {
    const Refused = defineRejection({ schema: z.object({ reason: z.string() }) });
    const Opened = defineEvent({ schema: z.object({}) });
    const fold = () => null;
    expect(
      faultsOf({
        events: { Opened, Refused },
        folds: { stuff: { Opened: fold }, things: { Closed: fold, Refused: fold } },
      }),
    ).toEqual([
      'folds.stuff: no such collection is declared',
      'folds.things.Closed: no such event is declared',
      'folds.things.Refused: a refusal changes no collection',
    ]);
  });
});

describe('commands', () => {
  it.each([
    ['nowhere', {}],
    ['by forbidding it', { on: { Open: {} } }],
    ['by another', { on: { Opens: { actions: noEffect } } }],
    ['by a prefix of another', { on: { 'Op.*': { actions: noEffect } } }],
  ] as [string, Config][])('are handled: %s is not enough', (_, config) => {
    expect(faultsOf({ machine: createMachine(config) })).toEqual([
      'commands.Open: no state of the machine handles it',
    ]);
  });

  it.each([
    ['in one state', { initial: 'a', states: { a: {}, b: { on: { Open: 'a' } } } }],
    ['by a wildcard', { on: { '*': { actions: noEffect } } }],
    ['by a partial wildcard', { on: { 'Open.*': { actions: noEffect } } }],
  ] as [string, Config][])('are handled: %s is enough', (_, config) => {
    expect(faultsOf({ machine: createMachine(config) })).toEqual([]);
  });

  it('a command whose example its own schema refuses', () => {
    const Shut = defineCommand({
      summary: 'Opens.',
      schema: z.strictObject({ id: z.string().min(3) }),
      example: { id: 'x' },
      target: (data) => data.id,
    });
    expect(faultsOf({ commands: { Open: Shut } })).toEqual([
      expect.stringContaining('commands.Open.example: it breaks the schema'),
    ]);
  });

  it('ask for claims that there are', () => {
    const command = defineCommand({
      summary: '',
      schema,
      target: (data) => data.id,
      claims: (data) => ({ label: data.id.trim() }),
    });
    const claim = { normalize: (value: string) => value, held: () => null };
    expect(faultsOf({ commands: { Open: command }, claims: { lable: claim } })).toEqual([
      'commands.Open.claims.label: the aggregate declares no such claim',
      'claims.lable: no command asks for it, so nobody can come to hold it',
    ]);
  });

  it('whose claims hang on the data are left to run time', () => {
    const command = defineCommand({
      summary: '',
      schema: z.strictObject({ id: z.string(), labels: z.array(z.string()) }),
      target: (data) => data.id,
      claims: (data) => Object.fromEntries(data.labels.map((label) => [label, label])),
    });
    const claim = { normalize: (value: string) => value, held: () => null };
    expect(faultsOf({ commands: { Open: command }, claims: { label: claim } })).toEqual([]);
  });

  it('ask for facts of aggregates, views and collections that there are', () => {
    const crates = defineView({ aggregate: 'crate', schema: z.null() });
    const goods = defineCollection({ aggregate: 'box', name: 'goods' });
    const command = defineCommand({
      summary: '',
      schema,
      target: (data) => data.id,
      facts: (data) => ({
        crate: view(crates, data.id),
        box: view(boxView, data.id),
        good: entry(goods, data.id, 'key'),
        thing: size(things, data.id),
      }),
    });
    const parts = { commands: { Open: command }, view: null };
    expect(faultsOf(parts)).toEqual([
      'commands.Open.facts.crate: the app has no aggregate "crate"',
      'commands.Open.facts.box: the aggregate "box" has no view',
      'commands.Open.facts.good: the aggregate "box" has no collection "goods"',
    ]);
  });
});

describe('queries', () => {
  it('parse the parameters of their route', () => {
    const params = z.strictObject({ box: z.string() });
    const faults = faultsIn({ queries: [query({ params })] });
    expect(faults.map(({ field, problem }) => `${field}: ${problem}`)).toEqual([
      'params: the route /v1/boxes/{id} has a parameter "id" that params lacks',
      'params.box: the route /v1/boxes/{id} has no such parameter',
    ]);
    expect(faults[0]?.file).toBe('test/define/box.ts');
  });
});

describe('defineApp', () => {
  it('names all mistakes of all files at once', () => {
    const crate = box({ type: 'crate', version: 0, file: 'machines/crate.ts' });
    const app = () => defineApp({ aggregates: [box({ commands: { Shut: Open } }), crate] });
    expect(app).toThrow(DefinitionError);
    expect(app).toThrow(/machines\/box\.ts: commands\.Shut: no state of the machine handles it/);
    expect(app).toThrow(/machines\/crate\.ts: version: 0 is not a whole number from 1/);
    expect(app).toThrow(/check\.test\.ts: events\.Opened: there are 2 of that name/);
  });
});
