import type { ShownState } from '../protocol.ts';

/** `GET /commands`: what the app takes, grouped as its aggregates are. */
export interface CommandList {
  readonly commands: readonly CommandInfo[];
}

export interface CommandInfo {
  readonly type: string;
  /** The type of the actors that decide on it. */
  readonly aggregate: string;
  readonly summary: string;
  /** Of its data as a client may send it: JSON Schema, complete in itself. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Data to begin with; `null` where the app names none. */
  readonly example: unknown;
}

/** `POST /dry-run`: would it be accepted? Nothing is saved. */
export interface DryRunRequest {
  readonly type: string;
  readonly data: unknown;
}

/** What it would come to now. Ids and times that the command itself makes are others when it is sent. */
export type DryRun =
  | {
      readonly status: 'accepted' | 'rejected';
      /** With the version that the answer would tell; 0: it would not exist. */
      readonly actor: { readonly type: string; readonly id: string; readonly version: number };
      readonly reason: string | null;
      readonly events: readonly { readonly type: string; readonly data: unknown }[];
      readonly before: ShownState | null;
      readonly after: ShownState | null;
      /** Names of the transitions that the step would take, in their order. */
      readonly taken: readonly string[];
      /** What the machine would be told beside the command. */
      readonly facts: unknown;
      readonly claims: Readonly<Record<string, 'granted' | 'taken'>>;
      /** Some fields are masked. */
      readonly isMasked: boolean;
    }
  | { readonly status: 'failed'; readonly code: string; readonly detail: string };
