/** What must hold of every drawing of a chart, whatever the machine. */
import {
  type Box,
  CHART_TEXT,
  type Chart,
  type Drawing,
  type Point,
} from '../../src/inspector/protocol.ts';

/** Places are rounded to a tenth. */
const EPSILON = 0.11;
/** Ends of one line may stand half a unit apart: nobody sees it. */
const TILT_MAX = 1;

/** Whether a path names a state within that of another, or that state. */
function isWithin(path: string, around: string): boolean {
  return around === '' || path === around || path.startsWith(`${around}.`);
}

function overlap(a: Box, b: Box): boolean {
  return (
    a.x + a.width > b.x + EPSILON &&
    b.x + b.width > a.x + EPSILON &&
    a.y + a.height > b.y + EPSILON &&
    b.y + b.height > a.y + EPSILON
  );
}

function isInside(inner: Box, outer: Box): boolean {
  return (
    inner.x >= outer.x - EPSILON &&
    inner.y >= outer.y - EPSILON &&
    inner.x + inner.width <= outer.x + outer.width + EPSILON &&
    inner.y + inner.height <= outer.y + outer.height + EPSILON
  );
}

function isOnBorder({ x, y }: Point, box: Box): boolean {
  const isAt = (a: number, b: number) => Math.abs(a - b) <= EPSILON;
  const isInBox = isInside({ x, y, width: 0, height: 0 }, box);
  const isOnSide = isAt(x, box.x) || isAt(x, box.x + box.width);
  return isInBox && (isOnSide || isAt(y, box.y) || isAt(y, box.y + box.height));
}

/** What a straight line between two points covers. */
function spanOf(a: Point, b: Point): Box {
  return {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  };
}

/** A box without its border, so that what only touches it does not lie on it. */
function within({ x, y, width, height }: Box): Box {
  return { x: x + 0.5, y: y + 0.5, width: width - 1, height: height - 1 };
}

/** All that is wrong with a chart's drawing; empty for a sound one. */
export function faultsOf(chart: Chart): string[] {
  const { drawing } = chart;
  if (drawing === null) return [`it is not drawn: ${chart.notDrawn}`];
  return [
    ...stateFaults(chart, drawing),
    ...edgeFaults(chart, drawing),
    ...labelFaults(chart, drawing),
  ];
}

/** Each state with its box. */
function placedStates({ states }: Chart, drawing: Drawing) {
  return states.map((state, index) => {
    const drawn = drawing.states[index];
    if (!drawn) throw new Error(`${state.path} is not drawn`);
    const { charWidth, padding, markWidth } = CHART_TEXT;
    const chars = Math.max(0, ...drawn.lines.map(({ shown }) => shown.length));
    const widest = chars === 0 ? 0 : chars * charWidth + 2 * padding + markWidth;
    return { path: state.path, box: drawn.box, lines: drawn.lines.length, widest };
  });
}

function stateFaults(chart: Chart, drawing: Drawing): string[] {
  const states = placedStates(chart, drawing);
  const whole = { x: 0, y: 0, width: drawing.width, height: drawing.height };
  return states.flatMap((a, index) => {
    const faults: string[] = [];
    const around = states.filter(({ path }) => path !== a.path && isWithin(a.path, path)).at(-1);
    if (!isInside(a.box, around?.box ?? whole)) faults.push(`${a.path} leaves what is around it`);
    const texts = around ? CHART_TEXT.headHeight + around.lines * CHART_TEXT.lineHeight : 0;
    if (around && a.box.y < around.box.y + texts) faults.push(`${a.path} lies on texts around it`);
    if (a.widest > a.box.width + EPSILON) faults.push(`${a.path} is too narrow for its texts`);
    for (const b of states.slice(index + 1)) {
      if (isWithin(b.path, a.path) || isWithin(a.path, b.path)) continue;
      if (overlap(a.box, b.box)) faults.push(`${a.path} lies on ${b.path}`);
    }
    return faults;
  });
}

function edgeFaults(chart: Chart, drawing: Drawing): string[] {
  const states = placedStates(chart, drawing);
  const whole = { x: 0, y: 0, width: drawing.width, height: drawing.height };
  return chart.edges.flatMap(({ id, source, target }, index) => {
    const { points = [] } = drawing.edges[index] ?? {};
    const faults: string[] = [];
    const boxOf = (path: string) => states.find((state) => state.path === path)?.box ?? whole;
    const [first, last] = [points[0], points.at(-1)];
    if (!first || !last || points.length < 2) return [`${id} is no line`];
    if (!isOnBorder(first, boxOf(source))) faults.push(`${id} does not begin at ${source}`);
    if (!isOnBorder(last, boxOf(target))) faults.push(`${id} does not end at ${target}`);
    for (const [at, point] of points.slice(1).entries()) {
      const before = points[at];
      if (!before) continue;
      const span = spanOf(before, point);
      if (!isInside(span, whole)) faults.push(`${id} leaves the drawing`);
      if (Math.min(span.width, span.height) > TILT_MAX) faults.push(`${id} is not straight`);
      for (const { path, box } of states) {
        const isItsOwn = isWithin(source, path) || isWithin(target, path);
        const leads = isWithin(path, source) || isWithin(path, target);
        if (!isItsOwn && !leads && overlapsLine(span, within(box)))
          faults.push(`${id} goes through ${path}`);
      }
    }
    return faults;
  });
}

function overlapsLine(line: Box, box: Box): boolean {
  return (
    line.x + line.width > box.x &&
    box.x + box.width > line.x &&
    line.y + line.height > box.y &&
    box.y + box.height > line.y
  );
}

function labelFaults(chart: Chart, drawing: Drawing): string[] {
  const states = placedStates(chart, drawing);
  const isLeaf = (path: string) =>
    !states.some((other) => other.path !== path && isWithin(other.path, path));
  const labels = chart.edges.flatMap(({ id, source, target }, index) => {
    const label = drawing.edges[index]?.label;
    return label ? [{ id, source, target, label }] : [];
  });
  return labels.flatMap(({ id, source, target, label }, index) => {
    const faults: string[] = [];
    for (const other of labels.slice(index + 1)) {
      if (overlap(label, other.label))
        faults.push(`the label of ${id} lies on that of ${other.id}`);
    }
    for (const { path, box } of states) {
      const goesInto = isWithin(source, path) || isWithin(target, path);
      if (goesInto && !isLeaf(path)) continue;
      if (overlap(label, box)) faults.push(`the label of ${id} lies on ${path}`);
    }
    const widest = Math.max(...label.lines.map(({ length }) => length));
    if (widest * CHART_TEXT.charWidth > label.width) faults.push(`the label of ${id} is cut off`);
    return faults;
  });
}
