/** Carries a reason into the compiler's message. */
export interface Mismatch<Reason extends string> {
  readonly __mismatch: Reason;
}
