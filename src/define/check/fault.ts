/** One mistake in a definition. */
export interface DefinitionFault {
  readonly file: string;
  /** Where in the definition, such as `commands.FollowAccount`. */
  readonly field: string;
  readonly problem: string;
}

/** Takes down one mistake of a definition whose file is known. */
export type Report = (field: string, problem: string) => void;

/** What runs through URLs, keys of stores and lists: letters, digits, `_` and `-`. */
export function checkName(report: Report, field: string, name: string): void {
  if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(name)) {
    report(
      field,
      `the name ${quote(name)} may hold letters, digits, _ and -, and begins with a letter`,
    );
  }
}

/** What names an aggregate, a policy, a projection or a read model. */
export function checkType(report: Report, field: string, type: string): void {
  if (!/^[a-z][a-z0-9-]*$/.test(type)) {
    report(
      field,
      `${quote(type)} may hold lower-case letters, digits and -, and begins with a letter`,
    );
  }
}

/** A version: a whole number from 1. @returns whether it is one */
export function checkVersion(report: Report, field: string, version: number): boolean {
  if (Number.isInteger(version) && version >= 1) return true;
  report(field, `${version} is not a whole number from 1`);
  return false;
}

const ATTEMPTS_MAX = 100;

/** How often something is tried. */
export function checkAttempts(report: Report, field: string, attempts: number): void {
  if (!(Number.isInteger(attempts) && attempts >= 1 && attempts <= ATTEMPTS_MAX)) {
    report(field, `${attempts} is not a whole number from 1 to ${ATTEMPTS_MAX}`);
  }
}

/** A name as messages show it. */
export function quote(name: string): string {
  return JSON.stringify(name);
}
