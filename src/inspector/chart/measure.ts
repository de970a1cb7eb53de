/** How much room the texts of a chart take. */
import { CHART_TEXT } from '../protocol.ts';
import type { Arrow, DescribedLine, DescribedState } from './describe.ts';

const { charWidth, lineHeight, padding, headHeight } = CHART_TEXT;

/** What is longer is cut when it is drawn. */
const CHARS_MAX = { name: 48, line: 64, label: 32 } as const;
const WIDTH_MIN = 88;
const HISTORY_SIZE = 30;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1)}…`;
}

/** A line as it is drawn: what it is stands before it. */
export function shownLine({ kind, text }: DescribedLine): string {
  return cut(kind === 'transition' ? text : `${kind} / ${text}`, CHARS_MAX.line);
}

/** What a state's own texts need, without its substates. */
export function headSize({ kind, name, lines }: DescribedState): Size {
  if (kind === 'history' || kind === 'deep-history') {
    return { width: HISTORY_SIZE, height: HISTORY_SIZE };
  }
  // A mark of its kind stands before the name.
  const chars = Math.max(
    Math.min(name.length, CHARS_MAX.name) + 4,
    ...lines.map((line) => shownLine(line).length),
  );
  const below = lines.length === 0 ? 0 : lines.length * lineHeight + padding;
  return {
    width: Math.ceil(Math.max(WIDTH_MIN, chars * charWidth + 2 * padding)),
    height: headHeight + below,
  };
}

/** The lines of an arrow's label: its event, its guard in brackets, its actions after a slash. */
export function labelLines({ event, guard, actions }: Arrow): string[] {
  const lines = [event];
  if (guard !== null) lines.push(`[${guard}]`);
  if (actions.length > 0) lines.push(`/ ${actions.join(', ')}`);
  return lines.map((line) => cut(line, CHARS_MAX.label));
}

export function labelSize(lines: readonly string[]): Size {
  const chars = Math.max(...lines.map(({ length }) => length));
  return { width: Math.ceil(chars * charWidth + padding), height: lines.length * lineHeight };
}
