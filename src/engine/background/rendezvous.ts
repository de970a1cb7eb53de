/**
 * Which live node is to hold which partition: the one whose name, hashed with the partition,
 * weighs most. Every node that knows the same nodes comes to the same answer, and one that joins
 * or leaves moves only its own share.
 */

/** @param nodes in the order of their names; `null` when there are none */
export function holderOf(partition: number, nodes: readonly string[]): string | null {
  let holder: string | null = null;
  let heaviest = -1;
  for (const node of nodes) {
    const weight = weightOf(`${node}/${partition}`);
    if (weight > heaviest) {
      heaviest = weight;
      holder = node;
    }
  }
  return holder;
}

/** FNV-1a, stirred: texts that differ in their last character alone weigh unlike each other. */
function weightOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
