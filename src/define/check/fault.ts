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

/** A name as messages show it. */
export function quote(name: string): string {
  return JSON.stringify(name);
}
