import type { ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();

/** Sees to it that a process ends with the file of tests that started it, whatever becomes of them. */
export function endsWithTests<C extends ChildProcess>(child: C): C {
  children.add(child);
  child.once('close', () => children.delete(child));
  return child;
}

/** Ends all that are left, as a crash does. */
export function endChildren(): void {
  for (const child of children) child.kill('SIGKILL');
}

// What a test that ran out of time goes on with may start one more.
process.on('exit', endChildren);
