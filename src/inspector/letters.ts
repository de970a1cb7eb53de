import { z } from 'zod';
import type { Json, JsonObject } from '../define/index.ts';
import type { DeadLetter, LetterFilter } from '../engine/engine.ts';
import type { SecuredHandler, Services } from '../http/context.ts';
import { fieldFaults } from '../http/faults.ts';
import { Refusal } from '../http/problem.ts';
import { pageSearch, readResponse, readSearch, withCursor } from '../http/reading.ts';
import { MASK, maskingOf } from './mask.ts';
import type { Letter, LetterCountAnswer, LetterList } from './protocol/policies.ts';
import { API_PATH } from './protocol.ts';
import type { InspectorRoute } from './routes.ts';
import { askHandler, noBody, writeHandler } from './writes.ts';

/** Why a letter is given up, or which letters are meant, in characters. */
const TEXT_CHARS_MAX = 500;

const text = z.string().trim().min(1).max(TEXT_CHARS_MAX);
const filter = { policy: text.optional(), error: text.optional() };
const listSearch = pageSearch.extend(filter);
const reason = { reason: text };
const sweep = z.discriminatedUnion('how', [
  z.strictObject({ how: z.literal('retry'), ...filter, through: z.iso.datetime() }),
  z.strictObject({ how: z.literal('discard'), ...filter, through: z.iso.datetime(), ...reason }),
]);

/** What policies gave up on, and what is done about it. */
export function letterRoutes(services: Services): readonly InspectorRoute[] {
  const path = `${API_PATH}/dead-letters`;
  return [
    ['get', path, listHandler(services)],
    ['post', `${path}/count`, countHandler(services)],
    ['post', `${path}/settle`, sweepHandler(services)],
    ['post', `${path}/:id/retry`, retryHandler(services)],
    ['post', `${path}/:id/edit`, editHandler(services)],
    ['post', `${path}/:id/discard`, discardHandler(services)],
  ];
}

function listHandler(services: Services): SecuredHandler {
  const { engine } = services;
  const shown = showing(services);
  return async ({ env: { incoming } }) => {
    const { limit, cursor = null, ...wanted } = readSearch(incoming, listSearch);
    const page = await withCursor('cursor', () =>
      engine.deadLetters({ limit, cursor, filter: wanted }),
    );
    const items = await Promise.all(page.items.map(shown));
    return readResponse({ items, nextCursor: page.next } satisfies LetterList);
  };
}

/** A letter as it is shown. */
function showing(services: Services): (letter: DeadLetter) => Promise<Letter> {
  const masking = maskingOf(services);
  return async (letter) => {
    const data = await services.engine.deadLetterData(letter.id);
    return {
      ...letter,
      message: masking.value(letter.message),
      data: masking.value(data?.data ?? null),
      isEditable: data?.isEditable ?? false,
      history: letter.history.map((tried) => ({
        ...tried,
        ...('before' in tried && { before: masking.value(tried.before) }),
      })),
    };
  };
}

function countHandler(services: Services): SecuredHandler {
  const shown = showing(services);
  return askHandler(z.strictObject(filter), async ({ body }) => {
    const { examples, ...counted } = await services.engine.countDeadLetters(body);
    const items = await Promise.all(examples.map(shown));
    return { ...counted, examples: items } satisfies LetterCountAnswer;
  });
}

function sweepHandler({ engine, log }: Services): SecuredHandler {
  return writeHandler(log, {
    what: 'dead-letters.settle',
    body: sweep,
    act({ body: { how, ...meant }, target }) {
      target({ how, ...meant });
      const { policy, error, through }: LetterFilter = meant;
      return engine.settleDeadLetters(how, { policy, error, through });
    },
  });
}

function retryHandler({ engine, log }: Services): SecuredHandler {
  return writeHandler(log, {
    what: 'dead-letter.retry',
    body: noBody,
    async act({ param, target }) {
      const id = param('id');
      target({ id });
      return settled(await engine.retryDeadLetter(id));
    },
  });
}

function discardHandler({ engine, log }: Services): SecuredHandler {
  return writeHandler(log, {
    what: 'dead-letter.discard',
    body: z.strictObject(reason),
    async act({ body, param, target }) {
      const id = param('id');
      target({ id, ...body });
      return settled(await engine.discardDeadLetter(id));
    },
  });
}

function editHandler(services: Services): SecuredHandler {
  const { engine, log } = services;
  const { isMasked } = maskingOf(services);
  return writeHandler(log, {
    what: 'dead-letter.edit',
    body: z.strictObject({ data: z.json() }),
    async act({ body, principal, param, target }) {
      const id = param('id');
      target({ id });
      const before = isMasked ? await engine.deadLetterData(id) : null;
      const data = before?.isEditable ? restored(body.data, before.data) : body.data;
      const answer = await engine.editDeadLetter(id, { data, by: principal });
      if (answer.status !== 'invalid') return settled(answer.status);
      throw new Refusal('validation_error', 'The data break their schema', {
        errors: fieldFaults(answer.issues),
      });
    },
  });
}

/** @throws Refusal where nothing was asked for */
function settled(status: 'done' | 'pending' | 'unknown' | 'fixed' | 'settling') {
  switch (status) {
    case 'unknown':
      throw new Refusal('not_found', 'There is no such dead letter');
    case 'fixed':
      throw new Refusal('validation_error', 'It has no data that can be edited');
    case 'settling':
      throw new Refusal('rejected', 'Somebody retries or discards it already');
    default:
      return { status };
  }
}

/** What was edited where it was masked, with what the mask stood for. */
function restored(edited: Json, original: Json | undefined): Json {
  if (edited === MASK) return original ?? edited;
  if (Array.isArray(edited)) {
    const items = Array.isArray(original) ? original : [];
    return edited.map((item, index) => restored(item, items[index]));
  }
  if (typeof edited !== 'object' || edited === null) return edited;
  const members = membersOf(original);
  return Object.fromEntries(
    Object.entries(edited).map(([name, member]) => [name, restored(member, members[name])]),
  );
}

function membersOf(value: Json | undefined): JsonObject {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : {};
}
