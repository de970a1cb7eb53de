/** A stored state that this code cannot run says so, with what is wrong with it. */
import { expect, test } from 'vitest';
import { decodeState, StateFault } from '../../src/engine/actor-state.ts';
import { prepareAggregate } from '../../src/engine/aggregate-runtime.ts';
import { DEFAULT_LIMITS } from '../../src/engine/limits.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { boxApp } from '../support/box/index.ts';
import { mustAccept, rowOf, startNode } from '../support/node.ts';
import { createTestRuntime } from '../support/runtime.ts';

const definition = boxApp.aggregates.get('box');
if (!definition) throw new Error('no box');
const aggregate = prepareAggregate(definition, DEFAULT_LIMITS, createTestRuntime(), true);

const store = createMemoryStore();
await mustAccept(startNode(store).engine, 'Count', { box: 'a' });
const row = await rowOf(store, 'a');
const [header = '', machine = ''] = row.state?.split('\n') ?? [];

const decode = (state: string) =>
  decodeState(aggregate, { type: 'box', id: 'a' }, { ...row, state });

test('what was stored can be run', () => {
  expect(decode(`${header}\n${machine}`)).toMatchObject({ version: 1, machineText: machine });
});

test.each([
  ['no text at all', ''],
  ['a header that is no JSON', `{"version\n${machine}`],
  ['a header without its members', `{"version":1}\n${machine}`],
  ['a machine that is cut off', `${header}\n${machine.slice(0, -1)}`],
  ['a machine without its members', `${header}\n{"status":"active"}`],
])('%s is a fault of the state, with its cause', (_, state) => {
  expect(() => decode(state)).toThrow(StateFault);
  expect(() => decode(state)).toThrow(
    expect.objectContaining({ cause: expect.any(Error), message: 'a stored state is unreadable' }),
  );
});

test('another version of its aggregate is named', () => {
  const later = header.replace('"aggregate":1', '"aggregate":2');
  expect(() => decode(`${later}\n${machine}`)).toThrow(
    'box:a was written by version 2 of its aggregate; this code knows version 1',
  );
});
