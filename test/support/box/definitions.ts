/** Commands, events and collections of a small aggregate that is no account. */
import { z } from 'zod';
import {
  defineCollection,
  defineCommand,
  defineEvent,
  defineRejection,
  defineView,
  type Emitted,
  entry,
  type Messages,
  size,
  view,
} from '../../../src/define/index.ts';

/** The ways in which a machine can break the rules for machines. */
export const FAULTS = [
  'throws',
  'emits the undeclared',
  'rejects and changes',
  'rejects beside an event',
  'rejects twice',
  'noEffect beside an event',
  'noEffect and changes',
  'folds a non-time',
  'folds a non-JSON value',
  'holds the unclaimed',
  'keeps a non-JSON context',
  'folds a time that no store takes',
] as const;
export type Fault = (typeof FAULTS)[number];

export const boxView = defineView({
  aggregate: 'box',
  schema: z.object({ total: z.number() }),
});

/** What lies in a box. */
export const items = defineCollection({
  aggregate: 'box',
  name: 'items',
  value: z.object({ amount: z.number() }),
});

const Box = z.string().min(1);
const Item = z.strictObject({ box: Box, item: z.string(), amount: z.number().default(1) });
const JustBox = z.strictObject({ box: Box });

const itemFacts = (data: { box: string; item: string }) => ({
  there: entry(items, data.box, data.item),
  count: size(items, data.box),
  self: view(boxView, data.box),
});

export const commands = {
  Open: defineCommand({
    summary: 'Opens a box under a new id.',
    schema: z.strictObject({ box: Box.optional() }),
    complete: (parsed, newId) => ({ box: parsed.box ?? newId() }),
    target: ({ box }) => box,
  }),
  Put: defineCommand({
    summary: 'Puts an item in.',
    schema: Item,
    target: ({ box }) => box,
    facts: itemFacts,
  }),
  Take: defineCommand({
    summary: 'Takes an item out.',
    schema: Item,
    target: ({ box }) => box,
    facts: itemFacts,
  }),
  Toss: defineCommand({
    summary: 'Takes an item out without looking whether it is there.',
    schema: Item,
    target: ({ box }) => box,
  }),
  Count: defineCommand({ summary: 'Adds one.', schema: JustBox, target: ({ box }) => box }),
  Settle: defineCommand({
    summary: 'Sets the total, unless it is that already.',
    schema: z.strictObject({ box: Box, total: z.number() }),
    target: ({ box }) => box,
  }),
  Refuse: defineCommand({ summary: 'Is refused.', schema: JustBox, target: ({ box }) => box }),
  Name: defineCommand({
    summary: 'Gives the box a name of its own.',
    schema: z.strictObject({ box: Box, name: z.string() }),
    target: ({ box }) => box,
    claims: ({ name }) => ({ name }),
  }),
  Seal: defineCommand({
    summary: 'Closes it for good.',
    schema: JustBox,
    target: ({ box }) => box,
  }),
  Misbehave: defineCommand({
    summary: 'Breaks a rule for machines.',
    schema: z.strictObject({ box: Box, how: z.enum(FAULTS) }),
    target: ({ box }) => box,
  }),
};
export type BoxCommand = Messages<typeof commands>;

const Stored = z.object({ item: z.string(), at: z.string(), amount: z.unknown() });

export const events = {
  Opened: defineEvent({ schema: z.object({ box: z.string() }) }),
  ItemPut: defineEvent({
    schema: Stored.extend({
      wasThere: z.boolean(),
      countBefore: z.number(),
      totalBefore: z.number().nullable(),
    }),
  }),
  ItemTaken: defineEvent({ schema: z.object({ item: z.string(), countBefore: z.number() }) }),
  ItemTossed: defineEvent({ schema: z.object({ item: z.string() }) }),
  Counted: defineEvent({ schema: z.object({ total: z.number() }) }),
  Broken: defineEvent({ schema: Stored }),
  Named: defineEvent({ schema: z.object({ name: z.string() }) }),
  Sealed: defineEvent({ schema: z.object({ box: z.string() }) }),
  Refused: defineRejection({ schema: z.object({ reason: z.string() }) }),
};
export type BoxEvent = Emitted<typeof events>;
