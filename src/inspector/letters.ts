import { z } from 'zod';
import type { Json } from '../define/index.ts';
import type { DeadLetter, LetterFilter } from '../engine/engine.ts';
import type { SecuredHandler, Services } from '../http/context.ts';
import { fieldFaults } from '../http/faults.ts';
import { Refusal } from '../http/problem.ts';
import { pageSearch, readResponse, readSearch, withCursor } from '../http/reading.ts';
import { type Masking, maskingOf, unmasked } from './mask.ts';
import type { Letter, LetterCountAnswer, LetterList } from './protocol/policies.ts';
import { API_PATH } from './protocol.ts';
import type { InspectorRoute } from './routes.ts';
import { askHandler, noBody, writeHandler } from './writes.ts';

/** Why a letter is given up, or which letters are meant, in characters. */
const TEXT_CHARS_MAX = 500;

const text = z.string().trim().min(1).max(TEXT_CHARS_MAX);
const filter = { policy: text.optional(), error: text.optional() };
const listSearch = pageSearch.extend({ ...filter, instance: z.string().min(1).optional() });
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
    const about = [letter.message, data, letter.history];
    return {
      ...letter,
      instance: masking.text(letter.instance, ...about),
      message: masking.value(letter.message, ...about),
      data: masking.value(data?.data ?? null),
      isEditable: data?.isEditable ?? false,
      error: masking.text(letter.error, ...about),
      history: letter.history.map((tried) => ({
        ...tried,
        error: masking.text(tried.error, ...about),
        ...('before' in tried && { before: masking.value(tried.before, ...about) }),
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

function sweepHandler(services: Services): SecuredHandler {
  const { engine, log } = services;
  const masking = maskingOf(services);
  return writeHandler(log, {
    what: 'dead-letters.settle',
    body: sweep,
    act({ body: { how, ...meant }, target }) {
      target(texts(masking, { how, ...meant }));
      const { policy, error, through }: LetterFilter = meant;
      return engine.settleDeadLetters(how, { policy, error, through });
    },
  });
}

function retryHandler({ engine, log }: Services): SecuredHandler {
  return writeHandler(log, {
    what: 'dead-letter.retry',
    body: noBody,
    async act({ param }) {
      return settled(await engine.retryDeadLetter(param('id')));
    },
  });
}

function discardHandler(services: Services): SecuredHandler {
  const { engine, log } = services;
  const masking = maskingOf(services);
  return writeHandler(log, {
    what: 'dead-letter.discard',
    body: z.strictObject(reason),
    async act({ body, param, target }) {
      const id = param('id');
      const letter = masking.isMasked ? await engine.deadLetterData(id) : null;
      target(texts(masking, body, letter));
      return settled(await engine.discardDeadLetter(id));
    },
  });
}

/** What somebody typed, as the log may have it. */
function texts(
  masking: Masking,
  typed: Readonly<Record<string, string | undefined>>,
  about?: unknown,
) {
  return Object.fromEntries(
    Object.entries(typed).map(([name, text]) => [name, text && masking.text(text, about)]),
  );
}

function editHandler(services: Services): SecuredHandler {
  const { engine, log } = services;
  const masking = maskingOf(services);
  return writeHandler(log, {
    what: 'dead-letter.edit',
    body: z.strictObject({ data: z.json() }),
    async act({ body, principal, param }) {
      const id = param('id');
      const before = masking.isMasked ? await engine.deadLetterData(id) : null;
      const data = before?.isEditable ? meantBy(masking, body.data, before.data) : body.data;
      const answer = await engine.editDeadLetter(id, { data, by: principal });
      if (answer.status !== 'invalid') return settled(answer.status);
      throw new Refusal('validation_error', 'The data break their schema', {
        errors: fieldFaults(answer.issues).map(({ field, message }) => ({
          field,
          message: masking.text(message, before),
        })),
      });
    },
  });
}

/** What was edited where it was masked. @throws Refusal where it cannot be told what masks stand for */
function meantBy(masking: Masking, edited: Json, original: Json): Json {
  const meant = unmasked(edited, original, masking.value(original));
  if (meant) return meant.data;
  throw new Refusal('validation_error', 'What is masked can only stay where it stands', {
    errors: [{ field: 'data', message: 'What is masked was moved, and cannot be told' }],
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
