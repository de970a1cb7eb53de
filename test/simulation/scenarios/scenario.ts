import type { App } from '../../../src/define/index.ts';
import type { Row } from '../audit/content.ts';
import type { Evidence } from '../audit/evidence.ts';
import type { Clients } from '../workload/clients.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { World } from '../world/world.ts';

/** A command that a client may send. */
export interface Wish {
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An app, what is asked of it, and what must hold of it. One for each run. */
export interface Scenario {
  /** The app of one node. */
  readonly appFor: (node: Omit<SimulatedNode, 'engine'>) => App;
  /** Whether what is outside of the nodes fails too. */
  failsOutside: boolean;
  next(): Wish;
  /** Commands of one actor. */
  batch(size: number): readonly Wish[];
  /** A command other than all that are wished for. */
  other(wish: Wish): Wish;
  /** The id of the actor that a command goes to. */
  targetOf(wish: Wish): string;
  /** Whether a row may stay when all is at rest. */
  mayStay(row: Pick<Row, 'table'>): boolean;
  /** Whether a node may tell its operator this as an error. */
  expects(complaint: string): boolean;
  /** What operators do when nothing goes wrong any more: told until all is at rest. */
  tend(world: World): void;
  /** What is tried once all is at rest. @returns what did not hold */
  prove(world: World, clients: Clients): Promise<readonly string[]>;
  /** @returns every rule that does not hold */
  audit(evidence: Evidence): readonly string[];
}
