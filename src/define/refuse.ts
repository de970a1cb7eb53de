import {
  type ActionArgs,
  type ActionFunction,
  type AnyEventObject,
  type EventObject,
  emit,
  type MachineContext,
} from 'xstate';

/** The data of one of the events that a machine emits. */
type DataOf<Emitted, Type> =
  Extract<Emitted, { type: Type }> extends { data: infer Data } ? Data : never;

/** What a transition gives such an action, for one of the reasons that its event allows. */
type Because<Data> = Data extends { reason: infer Reason } ? { readonly reason: Reason } : never;

/** The events of the actions that were made here. */
const refusals = new WeakMap<object, string>();

/**
 * The action that refuses a command: it emits a rejection, with the `reason` that its transition gives
 * it as a parameter. `emit` can do the same; of this one it can be told before any command comes that
 * it refuses, and why: the inspector tells it.
 * @param type the event, one that `defineRejection` declares
 * @param dataOf what the event says besides the reason
 * @example
 * rejectFollow: refuse('FollowRejected', ({ event }) => ({ followerId: event.data.followerId }))
 * // and in the machine:
 * { actions: { type: 'rejectFollow', params: { reason: 'Cannot follow yourself' } } }
 */
export function refuse<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TEvent extends EventObject,
  TEmitted extends AnyEventObject,
  const Type extends TEmitted['type'],
>(
  type: Type,
  dataOf: (
    args: ActionArgs<TContext, TExpressionEvent, TEvent>,
  ) => Omit<DataOf<TEmitted, Type>, 'reason'>,
): ActionFunction<
  TContext,
  TExpressionEvent,
  TEvent,
  Because<DataOf<TEmitted, Type>>,
  never,
  never,
  never,
  never,
  TEmitted
> {
  const action = emit<
    TContext,
    TExpressionEvent,
    Because<DataOf<TEmitted, Type>>,
    TEvent,
    AnyEventObject
  >((args, { reason }) => ({ type, data: { ...dataOf(args), reason } }));
  refusals.set(action, type);
  // It emits the event of that type: data and reason are what the types above ask for.
  return action as ReturnType<typeof refuse<TContext, TExpressionEvent, TEvent, TEmitted, Type>>;
}

/** The event by which an action refuses, of one that {@link refuse} made; `null` of any other. */
export function refusalOf(action: unknown): string | null {
  return typeof action === 'function' ? (refusals.get(action) ?? null) : null;
}
