/** Expectations that say what differs, whatever runs the tests. */
import { AssertionError, deepStrictEqual } from 'node:assert';

/** A matcher of a test library, such as `expect.any(String)`. */
interface Matcher {
  asymmetricMatch(actual: unknown): boolean;
}

/**
 * Compares part by part: what `expected` does not mention may be anything, a list has as many items
 * as expected. Matchers of test libraries count, and a regular expression takes texts.
 * @throws AssertionError that shows what differs, and nothing else
 */
export function mustMatch(actual: unknown, expected: unknown, headline: string): void {
  mustEqual(actual, overlay(actual, expected), headline);
}

/** @throws AssertionError that shows what differs */
export function mustEqual(actual: unknown, expected: unknown, headline: string): void {
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    if (error instanceof AssertionError) error.message = `${headline}\n${error.message}`;
    throw error;
  }
}

/** @throws AssertionError always */
export function fail(message: string): never {
  throw new AssertionError({ message });
}

/** What `actual` would have to be: itself, with what is expected laid over it. */
function overlay(actual: unknown, expected: unknown): unknown {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual) ? actual : expected;
  if (expected instanceof RegExp) {
    return typeof actual === 'string' && expected.test(actual) ? actual : expected;
  }
  if (Array.isArray(expected)) {
    const items = Array.isArray(actual) ? actual : [];
    return expected.map((item, index) => overlay(items[index], item));
  }
  if (!isObject(expected)) return expected;
  const merged: Record<string, unknown> = isObject(actual) ? { ...actual } : {};
  for (const [name, value] of Object.entries(expected)) {
    merged[name] = overlay(merged[name], value);
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMatcher(value: unknown): value is Matcher {
  return (
    typeof value === 'object' &&
    value !== null &&
    'asymmetricMatch' in value &&
    typeof value.asymmetricMatch === 'function'
  );
}
