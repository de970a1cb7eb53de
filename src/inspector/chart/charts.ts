import type { ElkNode } from 'elkjs/lib/elk-api.js';
import type { AnyStateMachine } from 'xstate';
import type { EventMap } from '../../define/event.ts';
import type { Chart, Drawing, MachineSummary } from '../protocol.ts';
import { type Description, describeMachine } from './describe.ts';
import { drawingOf, graphOf, isLarge, tooLarge } from './graph.ts';
import { Layouter, LayoutFault } from './layout.ts';

/** The room that a chart commonly has, in its units. */
const ROOM = { width: 1_000, height: 620 };
/** For how long a chart that could not be laid out is not tried again, in milliseconds. */
const RETRY_MS = 60_000;

/** The charts of an app's machines, each laid out when it is first asked for, once for all who ask. */
export class Charts {
  readonly #layouter: Pick<Layouter, 'layOut'>;
  readonly #retryMs: number;
  readonly #charts = new Map<string, Promise<Chart>>();

  constructor(layouter: Pick<Layouter, 'layOut'> = new Layouter(), retryMs = RETRY_MS) {
    this.#layouter = layouter;
    this.#retryMs = retryMs;
  }

  /**
   * The chart of a machine; without a drawing where there was no time for one.
   * @param events what the machine may emit
   */
  chart(summary: MachineSummary, machine: AnyStateMachine, events: EventMap): Promise<Chart> {
    const key = `${summary.kind}/${summary.name}/${summary.hash}`;
    const known = this.#charts.get(key);
    if (known !== undefined) return known;
    const chart = this.#make(key, summary, describeMachine(machine, events));
    this.#charts.set(key, chart);
    return chart;
  }

  async #make(key: string, summary: MachineSummary, description: Description): Promise<Chart> {
    const { arrows: edges } = description;
    const states = description.states.map(({ parent: _, ...state }) => state);
    const notDrawn = tooLarge(description);
    if (notDrawn !== null) return { ...summary, states, edges, drawing: null, notDrawn };
    try {
      const drawing = await this.#layOut(description);
      return { ...summary, states, edges, drawing, notDrawn };
    } catch (fault) {
      if (!(fault instanceof LayoutFault)) throw fault;
      // It may be that there was no time for it, with much else to do.
      setTimeout(() => this.#charts.delete(key), this.#retryMs).unref();
      const problem = `It could not be drawn: ${fault.message}.`;
      return { ...summary, states, edges, drawing: null, notDrawn: problem };
    }
  }

  async #layOut(description: Description): Promise<Drawing> {
    // A large one fits neither way, and takes as long again.
    const directions = isLarge(description) ? (['DOWN'] as const) : (['RIGHT', 'DOWN'] as const);
    const laidOut = await Promise.all(
      directions.map((direction) => this.#layouter.layOut(graphOf(description, direction))),
    );
    return drawingOf(
      description,
      laidOut.reduce((a, b) => (scaleOf(b) > scaleOf(a) ? b : a)),
    );
  }
}

/** How large it is drawn where all of it is to be seen. */
function scaleOf({ width = 1, height = 1 }: ElkNode): number {
  return Math.min(1, ROOM.width / width, ROOM.height / height);
}
