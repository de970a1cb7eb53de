/** A machine's chart as elkjs takes it, and what elkjs made of it as the page takes it. */
import type { ElkEdgeSection, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import {
  CHART_TEXT,
  type Chart,
  type ChartEdge,
  type ChartState,
  type MachineSummary,
} from '../protocol.ts';
import { backArrows } from './back-arrows.ts';
import type { DescribedState, Description } from './describe.ts';
import { grouped } from './grouped.ts';
import { headSize, labelLines, labelSize, shownLine } from './measure.ts';

/** The id of the graph itself. A state's is its path after a slash, so that none is empty. */
const GRAPH = 'graph';

const SPACING = {
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '36',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
};

/** What makes a chart look better, and takes time beyond all measure where it is large. */
const THOROUGH = {
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
};
const QUICK = {
  'elk.layered.layering.strategy': 'LONGEST_PATH',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.thoroughness': '1',
  'elk.layered.crossingMinimization.greedySwitch.type': 'OFF',
  'elk.layered.crossingMinimization.greedySwitchHierarchical.type': 'OFF',
};

/** A chart with more is laid out quickly. */
const ARROWS_THOROUGH = 80;

export function isLarge({ arrows }: Description): boolean {
  return arrows.length > ARROWS_THOROUGH;
}

/** @param direction in which arrows go from the first state on */
export function graphOf(description: Description, direction: 'RIGHT' | 'DOWN'): ElkNode {
  const { states, arrows } = description;
  const back = backArrows(description);
  const childrenOf = grouped(states, ({ parent }) => parent);
  const nodeOf = (state: DescribedState): ElkNode => {
    const children = (childrenOf.get(state.path) ?? []).map(nodeOf);
    const { width, height } = headSize(state);
    const id = `/${state.path}`;
    if (children.length === 0) return { id, width, height };
    const { padding } = CHART_TEXT;
    const top = height + padding;
    const side = 2 * padding;
    const layoutOptions = {
      'elk.padding': `[top=${top},left=${side},bottom=${side},right=${side}]`,
      'elk.nodeSize.constraints': '[MINIMUM_SIZE]',
      'elk.nodeSize.minimum': `(${width},${height})`,
      ...SPACING,
    };
    return { id, children, layoutOptions };
  };
  const edges = arrows.map((arrow): ElkExtendedEdge => {
    const ends = [`/${arrow.source}`, `/${arrow.target}`];
    if (back.has(arrow.id)) ends.reverse();
    const [source = '', target = ''] = ends;
    const label = {
      ...labelSize(labelLines(arrow)),
      text: arrow.event,
      layoutOptions: { 'elk.edgeLabels.inline': 'true', 'elk.edgeLabels.placement': 'CENTER' },
    };
    return { id: arrow.id, sources: [source], targets: [target], labels: [label] };
  });
  const layoutOptions = {
    'elk.algorithm': 'layered',
    'elk.direction': direction,
    'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
    'elk.json.edgeCoords': 'ROOT',
    'elk.json.shapeCoords': 'ROOT',
    'elk.edgeRouting': 'ORTHOGONAL',
    'elk.padding': '[top=16,left=16,bottom=16,right=16]',
    'elk.randomSeed': '1',
    ...(isLarge(description) ? QUICK : THOROUGH),
    ...SPACING,
  };
  return { id: GRAPH, layoutOptions, children: (childrenOf.get(null) ?? []).map(nodeOf), edges };
}

/** @throws Error where a state or an arrow has no place */
export function chartOf(
  summary: MachineSummary,
  description: Description,
  laidOut: ElkNode,
): Chart {
  const boxes = new Map<string, ElkNode>();
  const collect = (node: ElkNode): void => {
    boxes.set(node.id, node);
    for (const child of node.children ?? []) collect(child);
  };
  collect(laidOut);
  const back = backArrows(description);
  const edges = new Map((laidOut.edges ?? []).map((edge) => [edge.id, edge]));
  return {
    ...summary,
    width: Math.ceil(laidOut.width ?? 0),
    height: Math.ceil(laidOut.height ?? 0),
    states: description.states.map(({ parent: _, ...state }): ChartState => {
      const lines = state.lines.map((line) => ({ ...line, shown: shownLine(line) }));
      return { ...state, lines, box: boxOf(boxes.get(`/${state.path}`)) };
    }),
    edges: description.arrows.map((arrow): ChartEdge => {
      const edge = edges.get(arrow.id);
      const points = pointsOf(edge);
      if (back.has(arrow.id)) points.reverse();
      return { ...arrow, points, label: { ...boxOf(edge?.labels?.[0]), lines: labelLines(arrow) } };
    }),
  };
}

/** The corners of an edge, in the order in which elkjs was given its ends. */
function pointsOf(edge: ElkExtendedEdge | undefined) {
  // One section alone, since no edge has more than one source and one target.
  const section: ElkEdgeSection | undefined = edge?.sections?.[0];
  if (!section) throw new Error('an arrow of the chart has no place');
  const { startPoint, bendPoints = [], endPoint } = section;
  return [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: tenth(x), y: tenth(y) }));
}

type Placed = Pick<ElkNode, 'x' | 'y' | 'width' | 'height'>;

function boxOf(placed: Placed | undefined) {
  const { x, y, width, height } = placed ?? {};
  if (x === undefined || y === undefined || width === undefined || height === undefined) {
    throw new Error('a part of the chart has no place');
  }
  return { x: tenth(x), y: tenth(y), width: tenth(width), height: tenth(height) };
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
