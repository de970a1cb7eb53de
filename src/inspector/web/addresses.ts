/** Where screens are that others lead to, as addresses below `/inspector`. */

/** Actors that a query finds. */
export function actorsAt(q: string): string {
  return q === '' ? '/actors' : `/actors?${new URLSearchParams({ q })}`;
}

/** An actor; @param at the position of one of its steps, to see it as it was after that */
export function actorAt(
  actor: { readonly type: string; readonly id: string },
  at?: string,
): string {
  const address = `/actors/${encodeURIComponent(actor.type)}/${encodeURIComponent(actor.id)}`;
  return at === undefined ? address : `${address}?${new URLSearchParams({ at })}`;
}

/** A trace; @param at the position of a step of it, where it may be too old to be found otherwise */
export function traceAt(correlationId: string, at?: string): string {
  const address = `/traces/${encodeURIComponent(correlationId)}`;
  return at === undefined ? address : `${address}?${new URLSearchParams({ at })}`;
}

export function policyAt(policy: string): string {
  return `/policies/${encodeURIComponent(policy)}`;
}

/** An instance of a policy, by its correlation id. */
export function instanceAt(policy: string, id: string): string {
  return `${policyAt(policy)}/instances/${encodeURIComponent(id)}`;
}
