/** The machines of the app, and their statecharts. */

/** A machine of the app. */
export interface MachineRef {
  readonly kind: 'aggregate' | 'policy';
  /** The aggregate's type, or the policy's name. */
  readonly name: string;
}

export interface MachineSummary extends MachineRef {
  readonly version: number;
  /** Differs when the machine's structure does. */
  readonly hash: string;
}

/** `GET /machines` */
export interface MachineList {
  readonly machines: readonly MachineSummary[];
}

/** A point, in the units of the chart. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** `GET /machines/{kind}/{name}`: a statechart, laid out. */
export interface Chart extends MachineSummary {
  readonly width: number;
  readonly height: number;
  /** Parents before their children. */
  readonly states: readonly ChartState[];
  readonly edges: readonly ChartEdge[];
}

export interface ChartState {
  /** Its path from the root, as XState names it: `a.b`; the root's own is empty. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history' | 'deep-history';
  readonly isInitial: boolean;
  readonly box: Point & { readonly width: number; readonly height: number };
  /** What stands in the box: entry, exit and invoked work, transitions without a target. */
  readonly lines: readonly ChartLine[];
}

export interface ChartLine {
  readonly kind: 'entry' | 'exit' | 'invoke' | 'transition';
  readonly text: string;
  /** As it is drawn: cut where it is long. */
  readonly shown: string;
  /** Of a transition: what history names it by. */
  readonly transition: string | null;
}

/** The measures of a chart's text, in its units: what boxes and labels were made for. */
export const CHART_TEXT = {
  fontSize: 11,
  charWidth: 6.7,
  lineHeight: 16,
  padding: 8,
  headHeight: 24,
} as const;

/** A transition to one of its targets. */
export interface ChartEdge {
  readonly id: string;
  /** Names the transition in the machine: stable while its structure is. */
  readonly transition: string;
  readonly source: string;
  readonly target: string;
  readonly event: string;
  readonly guard: string | null;
  readonly actions: readonly string[];
  /** From source to target; the last is where the arrow's head is. */
  readonly points: readonly Point[];
  /** Where its label stands, and its lines as they are drawn. */
  readonly label: Point & {
    readonly width: number;
    readonly height: number;
    readonly lines: readonly string[];
  };
}
