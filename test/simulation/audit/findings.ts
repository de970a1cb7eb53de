/** What an audit finds against the rules. */
export class Findings {
  readonly all: string[] = [];

  /** A rule does not hold. */
  say(rule: string, what: string): void {
    this.all.push(`${rule}: ${what}`);
  }

  /** @param holds whether the rule does */
  check(holds: boolean, rule: string, what: () => string): void {
    if (!holds) this.say(rule, what());
  }

  /** Two values are the same as JSON, whatever the order of their members. */
  same(found: unknown, told: unknown, rule: string, what: string): void {
    const [one, other] = [canonical(found), canonical(told)];
    if (one !== other) this.say(rule, `${what}: ${one} stands there, it is ${other}`);
  }
}

export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([name, member]) => `${name}:${canonical(member)}`).join(',')}}`;
}
