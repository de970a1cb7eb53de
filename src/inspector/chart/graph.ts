/** A machine's chart as elkjs takes it, and what elkjs made of it as the page takes it. */
import type { ElkEdgeSection, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import { grouped } from '../../engine/grouped.ts';
import { type Box, CHART_TEXT, type Drawing, type Point } from '../protocol.ts';
import { arrowsToEarlier, backArrows } from './back-arrows.ts';
import type { DescribedState, Description } from './describe.ts';
import { LayoutFault } from './layout.ts';
import { drawnLines, drawnName, headSize, labelLines, labelSize } from './measure.ts';

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

/** How charts are laid out: the more arrows they have, the less is spent on their looks. */
const FINELY = {
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
};
/** The finest placement takes a minute for 80 arrows across each other; this one, half a second. */
const WELL = { ...FINELY, 'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF' };
const QUICKLY = {
  'elk.layered.layering.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.thoroughness': '1',
  'elk.layered.crossingMinimization.greedySwitch.type': 'OFF',
  'elk.layered.crossingMinimization.greedySwitchHierarchical.type': 'OFF',
};

/** The most arrows that are laid out so. */
const ARROWS_FINELY = 20;
const ARROWS_WELL = 40;
/** With more, a drawing has no labels: nobody could read them, and most of its time goes to them. */
const ARROWS_LABELLED = 400;
/** With more, there is no drawing: it would be metres wide. */
const STATES_MAX = 800;
const ARROWS_MAX = 1_500;

export function isLarge({ arrows }: Description): boolean {
  return arrows.length > ARROWS_WELL;
}

function wayFor({ arrows }: Description): Readonly<Record<string, string>> {
  if (arrows.length <= ARROWS_FINELY) return FINELY;
  return arrows.length <= ARROWS_WELL ? WELL : QUICKLY;
}

/** Why a machine is not laid out at all; `null`: it is. */
export function tooLarge({ states, arrows }: Description): string | null {
  if (states.length <= STATES_MAX && arrows.length <= ARROWS_MAX) return null;
  return `It is too large to be drawn: ${states.length} states and ${arrows.length} arrows.`;
}

function backIn(description: Description): ReadonlySet<string> {
  return isLarge(description) ? arrowsToEarlier(description) : backArrows(description);
}

/** @param direction in which arrows go from the first state on */
export function graphOf(description: Description, direction: 'RIGHT' | 'DOWN'): ElkNode {
  const { states, arrows } = description;
  const back = backIn(description);
  const hasLabels = arrows.length <= ARROWS_LABELLED;
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
      // elkjs lays out to the right and turns it, but not what is least.
      'elk.nodeSize.minimum':
        direction === 'DOWN' ? `(${height},${width})` : `(${width},${height})`,
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
    return { id: arrow.id, sources: [source], targets: [target], labels: hasLabels ? [label] : [] };
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
    ...wayFor(description),
    ...SPACING,
  };
  return { id: GRAPH, layoutOptions, children: (childrenOf.get(null) ?? []).map(nodeOf), edges };
}

/** @throws LayoutFault where a state or an arrow has no place */
export function drawingOf(description: Description, laidOut: ElkNode): Drawing {
  const boxes = new Map<string, ElkNode>();
  const collect = (node: ElkNode): void => {
    boxes.set(node.id, node);
    for (const child of node.children ?? []) collect(child);
  };
  collect(laidOut);
  const back = backIn(description);
  const edges = new Map((laidOut.edges ?? []).map((edge) => [edge.id, edge]));
  return {
    width: Math.ceil(laidOut.width ?? 0),
    height: Math.ceil(laidOut.height ?? 0),
    states: description.states.map((state) => ({
      box: boxOf(boxes.get(`/${state.path}`)),
      name: drawnName(state),
      lines: drawnLines(state),
    })),
    edges: description.arrows.map((arrow) => {
      const edge = edges.get(arrow.id);
      const points = pointsOf(edge);
      if (back.has(arrow.id)) points.reverse();
      const [label] = edge?.labels ?? [];
      return { points, label: label ? { ...boxOf(label), lines: labelLines(arrow) } : null };
    }),
  };
}

/** The corners of an edge, in the order in which elkjs was given its ends. */
function pointsOf(edge: ElkExtendedEdge | undefined): Point[] {
  // One section alone, since no edge has more than one source and one target.
  const section: ElkEdgeSection | undefined = edge?.sections?.[0];
  if (!section) throw new LayoutFault('an arrow of the chart has no place');
  const { startPoint, bendPoints = [], endPoint } = section;
  return [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: tenth(x), y: tenth(y) }));
}

type Placed = Pick<ElkNode, 'x' | 'y' | 'width' | 'height'>;

function boxOf(placed: Placed | undefined): Box {
  const { x, y, width, height } = placed ?? {};
  if (x === undefined || y === undefined || width === undefined || height === undefined) {
    throw new LayoutFault('a part of the chart has no place');
  }
  return { x: tenth(x), y: tenth(y), width: tenth(width), height: tenth(height) };
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
