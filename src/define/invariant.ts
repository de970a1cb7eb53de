import { callerFile } from './caller.ts';
import type { CommandMap } from './command.ts';
import type { CollectionDefinition, Entry, ViewDefinition } from './facts.ts';
import type { PolicyFactMap, PolicyFactsAsked, ResolvedPolicyFacts } from './policy-facts.ts';
import type { Sending, SendingOf } from './send.ts';

/** What an invariant is asked of: an actor, or one entry of its collection. */
export interface Audited<Subject> {
  /** The actor's id. */
  readonly id: string;
  readonly entry: Subject extends CollectionDefinition<infer Value> ? Entry<Value> : null;
}

/**
 * What is to hold of actors although they lie in different partitions, so that no commit can hold
 * it. Made by {@link defineInvariant}.
 */
export interface InvariantDefinition {
  readonly kind: 'invariant';
  readonly name: string;
  readonly of: CollectionDefinition | ViewDefinition;
  readonly facts: (audited: { id: string; entry: Entry | null }) => PolicyFactMap;
  readonly mend: (
    audited: { id: string; entry: Entry | null },
    facts: never,
  ) => readonly Omit<Sending, 'ref'>[];
  readonly file: string;
}

/**
 * Declares an invariant. An audit asks it of every actor, or of every entry of a collection, with
 * facts as they are then, and sends the commands that mend it. Their targets decide once more, as
 * for a policy: what was mended meanwhile has no effect.
 * @example
 * defineInvariant<typeof commands>()({
 *   name: 'no-follow-beside-a-block',
 *   of: following,
 *   facts: ({ id, entry }) => ({ block: entry(blocked, entry.key, id) }),
 *   mend: ({ id, entry }, facts) => (facts.block ? [{ command: 'RemoveFollower', data: … }] : []),
 * })
 */
export function defineInvariant<Commands extends CommandMap>() {
  return <
    // biome-ignore lint/suspicious/noExplicitAny: any collection or view, whatever it holds
    Subject extends CollectionDefinition<any> | ViewDefinition<any>,
    Facts extends PolicyFactsAsked,
  >(spec: {
    /** Lower-case letters, digits and `-`; unique in the app. */
    name: string;
    /** A collection: each of its entries; an aggregate's view: each of its actors. */
    of: Subject;
    facts: (audited: Audited<Subject>) => Facts;
    /** The commands that mend it; none where it holds. */
    mend: (
      audited: Audited<Subject>,
      facts: ResolvedPolicyFacts<Facts>,
    ) => readonly Omit<SendingOf<Commands>, 'ref'>[];
  }): InvariantDefinition => ({
    kind: 'invariant',
    name: spec.name,
    of: spec.of as unknown as InvariantDefinition['of'],
    // From here on the engine hands each the entries and facts that it asked for.
    facts: spec.facts as unknown as InvariantDefinition['facts'],
    mend: spec.mend as unknown as InvariantDefinition['mend'],
    file: callerFile(defineInvariant),
  });
}
