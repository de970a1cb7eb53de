import type { PolicyFactMap } from '../define/index.ts';
import { findNonJson, type Json, type JsonObject } from '../define/json.ts';

/** Facts by their names, or what finds them by their descriptions. */
export type FoundFacts =
  | Readonly<Record<string, unknown>>
  | ((wanted: PolicyFactMap) => Readonly<Record<string, unknown>>);

/**
 * What a policy's facts find. Only what the machine looks at has to be said: looking at another
 * throws.
 */
export function foundFacts(policy: string, given: FoundFacts, wanted: PolicyFactMap): JsonObject {
  const said = typeof given === 'function' ? given(wanted) : given;
  const found = findNonJson(said);
  if (found) throw new Error(`the fact ${found.path.slice(1)}: ${found.reason}`);
  const facts: Record<string, Json> = {};
  for (const [name, { kind }] of Object.entries(wanted)) {
    // Nothing was found in it that is not JSON.
    if (Object.hasOwn(said, name)) facts[name] = said[name] as Json;
    else Object.defineProperty(facts, name, { get: () => mustBeSaid(policy, name, kind) });
  }
  return facts;
}

function mustBeSaid(policy: string, name: string, kind: string): never {
  throw new Error(
    `${policy} looks at the fact ${name} (${kind}): say what is found by withFacts({ ${name}: … })`,
  );
}
