import type { ElkNode } from 'elkjs/lib/elk-api.js';
import type { AnyStateMachine } from 'xstate';
import type { Chart, MachineSummary } from '../protocol.ts';
import { type Description, describeMachine } from './describe.ts';
import { chartOf, graphOf, isLarge } from './graph.ts';
import { Layouter } from './layout.ts';

/** The room that a chart commonly has, in its units. */
const ROOM = { width: 1_000, height: 620 };

/** The charts of an app's machines, each laid out when it is first asked for. */
export class Charts {
  readonly #layouter: Layouter;
  readonly #charts = new Map<string, Promise<Chart>>();

  constructor(layouter = new Layouter()) {
    this.#layouter = layouter;
  }

  /** @throws LayoutFault */
  chart(summary: MachineSummary, machine: AnyStateMachine): Promise<Chart> {
    const key = `${summary.kind}/${summary.name}/${summary.hash}`;
    const known = this.#charts.get(key);
    if (known !== undefined) return known;
    const chart = this.#layOut(summary, describeMachine(machine));
    this.#charts.set(key, chart);
    // It may be that there was no time for it.
    chart.catch(() => this.#charts.delete(key));
    return chart;
  }

  async #layOut(summary: MachineSummary, description: Description): Promise<Chart> {
    // A large one fits neither way, and takes as long again.
    const directions = isLarge(description) ? (['DOWN'] as const) : (['RIGHT', 'DOWN'] as const);
    const laidOut = await Promise.all(
      directions.map((direction) => this.#layouter.layOut(graphOf(description, direction))),
    );
    const best = laidOut.reduce((a, b) => (scaleOf(b) > scaleOf(a) ? b : a));
    return chartOf(summary, description, best);
  }
}

/** How large it is drawn where all of it is to be seen. */
function scaleOf({ width = 1, height = 1 }: ElkNode): number {
  return Math.min(1, ROOM.width / width, ROOM.height / height);
}
