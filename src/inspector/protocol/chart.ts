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

/** `GET /machines/{kind}/{name}`: a statechart. */
export interface Chart extends MachineSummary {
  /** Parents before their children. */
  readonly states: readonly ChartState[];
  readonly edges: readonly ChartEdge[];
  /** `null` where it could not be laid out. */
  readonly drawing: Drawing | null;
  /** Why there is no drawing. */
  readonly notDrawn: string | null;
}

export interface ChartState {
  /** Its path from the root, as XState names it: `a.b`; the root's own is empty. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history' | 'deep-history';
  readonly isInitial: boolean;
  /** Entry, exit and invoked work, then transitions without a target in the order they are tried in. */
  readonly lines: readonly ChartLine[];
}

export interface ChartLine {
  readonly kind: 'entry' | 'exit' | 'invoke' | 'transition';
  readonly text: string;
  /** Of a transition: what history names it by. */
  readonly transition: string | null;
  /** It refuses whatever takes it. */
  readonly refuses: boolean;
}

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
}

/** Where everything stands, in units of its own. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Of each state, in their order. */
  readonly states: readonly DrawnState[];
  /** Of each edge, in their order. */
  readonly edges: readonly DrawnEdge[];
}

export interface DrawnState {
  readonly box: Box;
  /** Its name, cut where it is long. */
  readonly name: string;
  readonly lines: readonly DrawnLine[];
}

/** A line in a state's box: one of the state's, cut where it is long, or all that refuse as one. */
export interface DrawnLine {
  readonly kind: ChartLine['kind'] | 'refusal';
  readonly shown: string;
  readonly transitions: readonly string[];
}

export interface DrawnEdge {
  /** From source to target; the last is where the arrow's head is. */
  readonly points: readonly Point[];
  /** `null` where the chart is too large for labels. */
  readonly label: (Box & { readonly lines: readonly string[] }) | null;
}

/** A point, in the units of the drawing. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** The measures of a drawing's text, in its units: what boxes and labels were made for. */
export const CHART_TEXT = {
  fontSize: 11,
  charWidth: 6.7,
  lineHeight: 16,
  padding: 8,
  headHeight: 24,
  /** Before a line or a label, for the mark of what was taken or may be. */
  markWidth: 12,
} as const;
