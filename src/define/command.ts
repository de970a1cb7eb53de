import type { z } from 'zod';
import type { FactMap, NoFacts, Resolved } from './facts.ts';

/** Gives a new id, URL-safe, 22 characters; the same one again when the command is tried again. */
export type NewId = () => string;

/** A command: an intent that may be refused. */
export interface CommandDefinition<
  Input = unknown,
  Data = unknown,
  Facts = unknown,
  Claim extends string = string,
> {
  readonly kind: 'command';
  readonly summary: string;
  readonly schema: z.ZodType<unknown, Input>;
  readonly clientSchema: z.ZodType<unknown, Input>;
  readonly example: Input | null;
  readonly complete: (parsed: unknown, newId: NewId) => Data;
  readonly target: (data: Data) => string;
  readonly facts: (data: Data) => Facts;
  readonly claims: (data: Data) => Readonly<Record<Claim, string>>;
}

interface CommandSpec<S extends z.ZodType, Data, Facts, Claim extends string> {
  /** One line for the API's page. */
  summary: string;
  /** The structure of the body; business rules belong in the machine. Unknown fields are refused. */
  schema: S;
  /** A narrower schema for clients, where policies may send more: reserved reasons, say. */
  clientSchema?: z.ZodType<z.output<S>, z.input<S>>;
  /** A body to begin with: the API's page shows it, and a server's first words the first of all. */
  example?: z.input<S>;
  /** Fills in what the client left to the server, such as a new id. */
  complete?: (parsed: z.output<S>, newId: NewId) => Data;
  /** The id of the actor that decides. */
  target: (data: NoInfer<Data>) => string;
  /** What the machine needs to know beyond its own snapshot. */
  facts?: (data: NoInfer<Data>) => Facts;
  /** Values that this actor wants to hold alone, by the name of the aggregate's claim. */
  claims?: (data: NoInfer<Data>) => Readonly<Record<Claim, string>>;
}

/**
 * Declares a command.
 * @example
 * defineCommand({
 *   summary: 'Reserves stock for an order.',
 *   schema: z.strictObject({ sku: Sku, orderId: OrderId, quantity: z.int().positive() }),
 *   target: (data) => data.sku,
 *   facts: (data) => ({ reserved: entry(reservations, data.sku, data.orderId) }),
 * })
 */
export function defineCommand<
  S extends z.ZodType,
  Data = z.output<S>,
  Facts extends FactMap = NoFacts,
  Claim extends string = never,
>(spec: CommandSpec<S, Data, Facts, Claim>): CommandDefinition<z.input<S>, Data, Facts, Claim> {
  return {
    kind: 'command',
    summary: spec.summary,
    schema: spec.schema as unknown as z.ZodType<unknown, z.input<S>>,
    clientSchema: (spec.clientSchema ?? spec.schema) as unknown as z.ZodType<unknown, z.input<S>>,
    example: spec.example ?? null,
    complete: spec.complete ?? ((parsed) => parsed as Data),
    target: spec.target,
    facts: spec.facts ?? (() => ({}) as Facts),
    claims: spec.claims ?? (() => ({}) as Record<Claim, string>),
  } as CommandDefinition<z.input<S>, Data, Facts, Claim>;
}

// biome-ignore lint/suspicious/noExplicitAny: any command definition, whatever its types
export type AnyCommandDefinition = CommandDefinition<any, any, any, any>;
/** Commands by name. */
export type CommandMap = Readonly<Record<string, AnyCommandDefinition>>;

/** What comes with every message, so that the machine needs no clock and no randomness. */
export interface MessageMeta {
  /** Unique to the message, the same when it is tried again: a source of new ids. */
  readonly commandId: string;
  /** When the message was taken: ISO 8601, UTC, milliseconds. */
  readonly at: string;
}

/** What became of a wanted claim. `taken`: some actor holds the value already, perhaps this one. */
export type ClaimAnswer = 'granted' | 'taken';

/** A command as its machine sees it. */
export type Message<Name extends string, C> =
  C extends CommandDefinition<infer _Input, infer Data, infer Facts, infer Claim>
    ? {
        readonly type: Name;
        readonly data: Data;
        readonly facts: Resolved<Facts>;
        readonly claims: { readonly [K in Claim]: ClaimAnswer };
        readonly meta: MessageMeta;
      }
    : never;

/** The union of an aggregate's commands, as its machine sees them: its `types.events`. */
export type Messages<Commands extends CommandMap> = {
  [Name in keyof Commands & string]: Message<Name, Commands[Name]>;
}[keyof Commands & string];
