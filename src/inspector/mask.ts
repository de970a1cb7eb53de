import type { Services } from '../http/context.ts';

/** What stands in the place of something personal. */
export const MASK = '•••••';

/** Makes what is shown of the app's data free of what is personal, unless that is allowed. */
export interface Masking {
  readonly isMasked: boolean;
  /** Any JSON, with its personal fields masked wherever they stand. What is `null` stays so. */
  value(value: unknown): unknown;
  /** The key of a claim, `type/claim:value`, as it is shown. */
  claim(key: string): string;
}

export function maskingOf({ engine, unmask = false }: Services): Masking {
  const { personal } = engine.app;
  if (unmask || personal.size === 0) {
    return { isMasked: false, value: (value) => value, claim: (key) => key };
  }
  const masked = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(masked);
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        personal.has(name) && member !== null ? MASK : masked(member),
      ]),
    );
  };
  return {
    isMasked: true,
    value: masked,
    claim(key) {
      const name = key.slice(0, key.indexOf(':'));
      return personal.has(name.slice(name.indexOf('/') + 1)) ? `${name}:${MASK}` : key;
    },
  };
}
