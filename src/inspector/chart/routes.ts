import type { Services } from '../../http/context.ts';
import { refuseSearch } from '../../http/faults.ts';
import { readResponse } from '../../http/reading.ts';
import { machineSummaries } from '../machines.ts';
import { API_PATH } from '../protocol.ts';
import type { InspectorRoute } from '../routes.ts';
import { Charts } from './charts.ts';

/** `GET /machines/{kind}/{name}`: the statechart of a machine of the app. */
export function chartRoutes({ engine }: Services): readonly InspectorRoute[] {
  const { aggregates, policies } = engine.app;
  const charts = new Charts();
  return [
    [
      'get',
      `${API_PATH}/machines/:kind/:name`,
      async ({ req, env: { incoming } }) => {
        refuseSearch(incoming);
        const { kind, name = '' } = req.param();
        const summary = machineSummaries(engine).find(
          (each) => each.kind === kind && each.name === name,
        );
        const aggregate = kind === 'aggregate' ? aggregates.get(name) : undefined;
        const definition = kind === 'aggregate' ? aggregate : policies.get(name);
        if (summary === undefined || definition === undefined) return readResponse(null);
        // A policy emits nothing: what it does is to send and to wait.
        const events = aggregate?.events ?? {};
        return readResponse(await charts.chart(summary, definition.machine, events));
      },
    ],
  ];
}
