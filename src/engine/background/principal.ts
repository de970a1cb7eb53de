const POLICY = 'policy/';

/** In whose name a policy sends its commands. */
export function principalOf(policy: string): string {
  return `${POLICY}${policy}`;
}

/** The policy that sent a command; `null`: none did. */
export function policyOf(principal: string): string | null {
  return principal.startsWith(POLICY) ? principal.slice(POLICY.length) : null;
}
