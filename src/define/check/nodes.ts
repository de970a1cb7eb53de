import type { AnyStateNode } from 'xstate';

/** A state and all within it. */
export function* allNodes(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* allNodes(child);
}
