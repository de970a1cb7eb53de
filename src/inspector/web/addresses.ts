/**
 * Where screens are that others lead to, as addresses below `/inspector`. The routes that they read
 * are named alike.
 */

/** Actors that a query finds. */
export function actorsAt(q: string): string {
  return q === '' ? '/actors' : `/actors?${new URLSearchParams({ q })}`;
}

/** Actors of a type that are in a state; of several active ones, the first is looked for. */
export function actorsIn(type: string, states: string): string {
  const [state = states] = states.split(', ');
  return actorsAt(`type:${type} state:${/\s/.test(state) ? `"${state}"` : state}`);
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

/** Dead letters, of a policy and with a text in their error, where these are given. */
export function lettersAt(wanted: {
  readonly policy?: string | null;
  readonly error?: string | null;
  readonly cursor?: string | null;
}): string {
  const search = searchOf(wanted);
  return search === '' ? '/dead-letters' : `/dead-letters?${search}`;
}

/** A search of what is given; `null` and empty texts are not. */
export function searchOf(wanted: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(wanted).flatMap(([name, value]) => (value ? [[name, value]] : []));
  return new URLSearchParams(given).toString();
}

/** A machine's statechart; a policy's stands on its own screen. */
export function machineAt(kind: string, name: string): string {
  if (kind === 'policy') return policyAt(name);
  return `/machines/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`;
}

/** The console with a command; @param data of it, to be filled in */
export function consoleAt(command: string, data?: unknown): string {
  const address = `/console/${encodeURIComponent(command)}`;
  if (data === undefined) return address;
  return `${address}?${new URLSearchParams({ data: JSON.stringify(data) })}`;
}
