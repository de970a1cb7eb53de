/** Members with emails, in a domain that quotes them wherever one can: in errors, reasons and notes. */
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  defineAggregate,
  defineApp,
  defineCommand,
  defineEffect,
  defineEvent,
  definePolicy,
  defineRejection,
  type Emitted,
  type Messages,
  type PolicyMessages,
  sends,
} from '../../../src/define/index.ts';

const Member = z.strictObject({ memberId: z.string().min(1), email: z.email() });
const target = ({ memberId }: { memberId: string }) => memberId;

const commands = {
  Join: defineCommand({
    summary: 'Lets somebody in whose email nobody else has.',
    schema: Member,
    target,
    claims: ({ email }) => ({ email }),
  }),
  Greet: defineCommand({ summary: 'Cannot be carried out.', schema: Member, target }),
};

const events = {
  Joined: defineEvent({ schema: Member.extend({ note: z.string() }) }),
  Refused: defineRejection({ schema: Member.extend({ reason: z.string() }) }),
};

const machine = setup({
  types: {
    context: {} as { email: string | null; note: string },
    events: {} as Messages<typeof commands>,
    emitted: {} as Emitted<typeof events>,
  },
}).createMachine({
  id: 'member',
  context: { email: null, note: '' },
  on: {
    Join: [
      {
        guard: ({ event, context }) => context.email !== null || event.claims.email === 'taken',
        actions: emit(({ event: { data } }) => ({
          type: 'Refused',
          data: { ...data, reason: `Another has ${data.email} already` },
        })),
      },
      {
        actions: [
          assign(({ event: { data } }) => ({
            email: data.email,
            note: `mailto:${encodeURIComponent(data.email)}`,
          })),
          emit(({ event: { data } }) => ({
            type: 'Joined',
            data: { ...data, note: `Write to <${data.email.toUpperCase()}>` },
          })),
        ],
      },
    ],
    Greet: {
      actions: emit(({ event }) => {
        throw new Error(`cannot greet ${event.data.email}`);
      }),
    },
  },
});

const member = defineAggregate({
  type: 'member',
  machine,
  commands,
  events,
  claims: { email: { normalize: (email) => email, held: ({ context }) => context.email } },
});

const on = { Joined: events.Joined };

/**
 * Cannot write to anybody. What it comes to is said by the member's id: a message that fails
 * (`fails…`), a command that does (`greets…`), one that is refused (`joins…`), an effect that does.
 */
const welcome = definePolicy({
  name: 'welcome',
  machine: setup({
    types: {
      context: {} as { memberId: string; email: string; said: string },
      events: {} as PolicyMessages<typeof on>,
    },
    actors: {
      write: defineEffect<string, { email: string }>({
        attempts: 1,
        run: ({ input }) => Promise.reject(new Error(`550 ${input.email} is unknown here`)),
      }),
    },
    actions: { send: sends<typeof commands>() },
  }).createMachine({
    id: 'welcome',
    context: { memberId: '', email: '', said: '' },
    initial: 'waiting',
    states: {
      waiting: {
        on: {
          Joined: {
            target: 'writing',
            actions: [
              assign(({ event: { data } }) => {
                if (data.memberId.startsWith('fails')) throw new Error(`no box of "${data.email}"`);
                return { memberId: data.memberId, email: data.email };
              }),
              {
                type: 'send',
                params: ({ event: { data } }) => ({
                  command: data.memberId.startsWith('greets') ? 'Greet' : 'Join',
                  data: { memberId: `again-${data.memberId}`, email: data.email },
                }),
              },
            ],
          },
        },
      },
      writing: {
        invoke: {
          src: 'write',
          input: ({ context: { email } }) => ({ email }),
          onError: {
            actions: assign(({ context: { memberId }, event: { error } }) => {
              const said = z.object({ message: z.string() }).parse(error).message;
              if (memberId.startsWith('greets')) throw new Error(`nobody was told: ${said}`);
              return { said };
            }),
          },
        },
        on: {
          'command.rejected': { actions: assign({ said: ({ event }) => event.data.reason ?? '' }) },
        },
      },
    },
  }),
  on,
  correlate: 'actor',
  attempts: 1,
});

export const members = defineApp({
  aggregates: [member],
  policies: [welcome],
  personal: ['email'],
});
