import type { AnyStateNode } from 'xstate';
import { effectOf } from '../effect.ts';
import { checkAttempts, quote, type Report } from './fault.ts';
import { allNodes } from './nodes.ts';
import type { Known } from './rules.ts';
import { invokePlace } from './steps.ts';

/** That a state invokes effects, by their names, and that each can be told from the others. */
export function checkInvokes(
  node: AnyStateNode,
  field: string,
  known: Known,
  report: Report,
): void {
  for (const [place, { id, src, onSnapshot }] of node.invoke.entries()) {
    const where = `${field}.${invokePlace(node, place)}`;
    checkSource(node, String(src), where, known, report);
    if (onSnapshot !== undefined) {
      report(`${where}.onSnapshot`, 'an effect gives nothing before it ends');
    }
    const other = besideOf(node, id);
    if (other) {
      report(`${where}.id`, `${quote(id)} may run beside it in the state ${quote(other.id)}`);
    }
  }
}

function checkSource(
  node: AnyStateNode,
  src: string,
  where: string,
  known: Known,
  report: Report,
): void {
  const { actors } = node.machine.implementations;
  if (src.startsWith('xstate.invoke.')) {
    report(where, 'an effect is invoked by its name: declare it in setup({ actors })');
    return;
  }
  if (!Object.hasOwn(actors, src)) {
    known.missing = true;
    report(where, `the effect ${quote(src)} is not implemented`);
    return;
  }
  const effect = effectOf(actors[src]);
  if (effect === null) {
    report(where, `${quote(src)} is no effect: defineEffect makes one`);
    return;
  }
  checkAttempts(report, `${where}.attempts`, effect.attempts);
  if (!(effect.timeoutMs > 0 && Number.isFinite(effect.timeoutMs))) {
    report(`${where}.timeoutMs`, `${effect.timeoutMs} is not a time in milliseconds`);
  }
}

/** A state that may be active beside this one, or is it, and has another invoke of that id. */
function besideOf(node: AnyStateNode, id: string): AnyStateNode | null {
  const twice = node.invoke.filter((invoke) => invoke.id === id).length > 1;
  if (twice) return node;
  for (const other of allNodes(node.machine.root)) {
    if (other === node || !other.invoke.some((invoke) => invoke.id === id)) continue;
    if (mayBeActiveTogether(node, other)) return other;
  }
  return null;
}

/** One contains the other, or they lie in different regions of one parallel state. */
function mayBeActiveTogether(a: AnyStateNode, b: AnyStateNode): boolean {
  const shared = a.path.findIndex((key, depth) => key !== b.path[depth]);
  if (shared === -1 || shared >= b.path.length) return true;
  let fork: AnyStateNode | undefined = a.machine.root;
  for (const key of a.path.slice(0, shared)) fork = fork?.states[key];
  return fork?.type === 'parallel';
}
