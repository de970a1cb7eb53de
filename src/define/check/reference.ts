/** The name by which a config refers to an action or guard: `'name'` or `{ type: 'name' }`. */
export function nameOf(reference: unknown): string | null {
  if (typeof reference === 'string') return reference;
  if (typeof reference !== 'object' || reference === null) return null;
  return 'type' in reference && typeof reference.type === 'string' ? reference.type : null;
}
