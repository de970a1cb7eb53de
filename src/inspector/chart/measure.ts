/** How much room the texts of a chart take. */
import {
  CHART_TEXT,
  type ChartEdge,
  type ChartLine,
  type ChartState,
  type DrawnLine,
} from '../protocol.ts';

const { charWidth, lineHeight, padding, headHeight, markWidth } = CHART_TEXT;

/** What is longer is cut when it is drawn. */
const CHARS_MAX = { name: 48, line: 52, label: 32 } as const;
const WIDTH_MIN = 88;
const HISTORY_SIZE = 30;
/** So many lines that refuse are drawn as one. */
const FOLDED_MIN = 2;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1)}…`;
}

/**
 * The lines of a state's box. What refuses stands last, and as one line where there is more of it:
 * in most machines it is most of what there is, and tells least.
 */
export function drawnLines({ lines }: ChartState): DrawnLine[] {
  const refusing = lines.filter(({ refuses }) => refuses);
  if (refusing.length < FOLDED_MIN) {
    return [...lines.filter(({ refuses }) => !refuses), ...refusing].map(drawnLine);
  }
  const folded: DrawnLine = {
    kind: 'refusal',
    shown: `${refusing.length} rules that refuse`,
    transitions: refusing.flatMap(({ transition }) => transition ?? []),
  };
  return [...lines.filter(({ refuses }) => !refuses).map(drawnLine), folded];
}

/** What a line is stands before it. */
function drawnLine({ kind, text, transition, refuses }: ChartLine): DrawnLine {
  return {
    kind: refuses ? 'refusal' : kind,
    shown: cut(kind === 'transition' ? text : `${kind} / ${text}`, CHARS_MAX.line),
    transitions: transition === null ? [] : [transition],
  };
}

/** A state's name as it is drawn. */
export function drawnName({ name }: ChartState): string {
  return cut(name, CHARS_MAX.name);
}

/** What a state's own texts need, without its substates. */
export function headSize(state: ChartState): Size {
  if (state.kind === 'history' || state.kind === 'deep-history') {
    return { width: HISTORY_SIZE, height: HISTORY_SIZE };
  }
  const lines = drawnLines(state);
  const chars = Math.max(
    // Marks of its kind stand before the name, which is in larger letters.
    Math.ceil(drawnName(state).length * 1.1) + 3,
    ...lines.map(({ shown }) => shown.length),
  );
  const below = lines.length === 0 ? 0 : lines.length * lineHeight + padding;
  return {
    width: Math.ceil(Math.max(WIDTH_MIN, chars * charWidth + 2 * padding + markWidth)),
    height: headHeight + below,
  };
}

/** The lines of an arrow's label: its event, its guard in brackets, its actions after a slash. */
export function labelLines({ event, guard, actions }: ChartEdge): string[] {
  const lines = [event];
  if (guard !== null) lines.push(`[${guard}]`);
  if (actions.length > 0) lines.push(`/ ${actions.join(', ')}`);
  return lines.map((line) => cut(line, CHARS_MAX.label));
}

export function labelSize(lines: readonly string[]): Size {
  const chars = Math.max(...lines.map(({ length }) => length));
  return {
    width: Math.ceil(chars * charWidth + padding + 2 * markWidth),
    height: lines.length * lineHeight,
  };
}
