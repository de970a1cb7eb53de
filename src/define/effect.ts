import { fromPromise, type PromiseActorLogic } from 'xstate';

/** What an effect's function gets. */
export interface EffectCall<Input> {
  readonly input: Input;
  /** Aborted when the time is over, its state was left, or the node stops. */
  readonly signal: AbortSignal;
  /** The same at every try of one visit to the state; different for every visit. */
  readonly idempotencyKey: string;
  /** 1 at the first try. */
  readonly attempt: number;
}

interface EffectSpec<Input, Output> {
  /** Does it. Runs at least once; what it gives must be JSON. */
  run: (call: EffectCall<Input>) => Promise<Output>;
  /** How often it is tried before the machine gets its error; 5 unless set. */
  attempts?: number;
  /** How long one try may take, in milliseconds; 30,000 unless set. */
  timeoutMs?: number;
}

/** How an effect is run. */
export interface EffectDefinition {
  readonly run: (call: EffectCall<unknown>) => Promise<unknown>;
  readonly attempts: number;
  readonly timeoutMs: number;
}

const ATTEMPTS_DEFAULT = 5;
const TIMEOUT_MS_DEFAULT = 30_000;

const definitions = new WeakMap<object, EffectDefinition>();

/**
 * Declares a durable effect: a promise that a policy's machine invokes. It is plain XState logic,
 * so that the machine runs and draws as any other.
 * @example setup({ actors: { charge: defineEffect({ run: ({ input, idempotencyKey }) => … }) } })
 */
export function defineEffect<Output, Input>(
  spec: EffectSpec<Input, Output>,
): PromiseActorLogic<Output, Input> {
  const logic = fromPromise<Output, Input>(({ input, signal, self }) =>
    spec.run({ input, signal, idempotencyKey: self.id, attempt: 1 }),
  );
  definitions.set(logic, {
    // The machine's own types hold the input to what the effect takes.
    run: spec.run as EffectDefinition['run'],
    attempts: spec.attempts ?? ATTEMPTS_DEFAULT,
    timeoutMs: spec.timeoutMs ?? TIMEOUT_MS_DEFAULT,
  });
  return logic;
}

/** What {@link defineEffect} declared; `null` for any other logic. */
export function effectOf(logic: unknown): EffectDefinition | null {
  return typeof logic === 'object' && logic !== null ? (definitions.get(logic) ?? null) : null;
}
