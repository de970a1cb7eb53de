/** An answer of another shape than the script or command gives: a fault of the program. */
class UnexpectedReply extends Error {
  override readonly name = 'UnexpectedReply';

  constructor(expected: string, reply: unknown) {
    super(`Redis was expected to answer with ${expected}, not with ${typeof reply}`);
  }
}

export function text(reply: unknown): string {
  if (typeof reply === 'string') return reply;
  throw new UnexpectedReply('text', reply);
}

export function textOrNull(reply: unknown): string | null {
  if (typeof reply === 'string' || reply === null) return reply;
  throw new UnexpectedReply('text or nothing', reply);
}

export function integer(reply: unknown): number {
  if (typeof reply === 'number') return reply;
  throw new UnexpectedReply('an integer', reply);
}

export function list(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw new UnexpectedReply('a list', reply);
}
