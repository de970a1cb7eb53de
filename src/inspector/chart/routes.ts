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
        const definition = kind === 'aggregate' ? aggregates.get(name) : policies.get(name);
        const isKnown = summary !== undefined && definition !== undefined;
        return readResponse(isKnown ? await charts.chart(summary, definition.machine) : null);
      },
    ],
  ];
}
