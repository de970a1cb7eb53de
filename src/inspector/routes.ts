import type { SecuredHandler, Serving } from '../http/context.ts';
import { refuseSearch } from '../http/faults.ts';
import { readResponse } from '../http/reading.ts';
import { actorRoutes } from './actor/routes.ts';
import { actorListRoutes } from './actors/routes.ts';
import { chartRoutes } from './chart/routes.ts';
import { consoleRoutes } from './console/routes.ts';
import { letterRoutes } from './letters.ts';
import { liveHandler } from './live/live.ts';
import { machineSummaries } from './machines.ts';
import { overviewHandler } from './overview.ts';
import { policyRoutes } from './policies.ts';
import { API_PATH, type MachineList } from './protocol.ts';
import { traceRoutes } from './traces/routes.ts';

/** A route of the inspector: its method, its path as Hono has it, what answers. */
export type InspectorRoute = readonly ['get' | 'post', path: string, handler: SecuredHandler];

/** Everything under `/inspector/api`: for those with credentials. */
export function inspectorRoutes(services: Serving): readonly InspectorRoute[] {
  const { engine } = services;
  return [
    ['get', `${API_PATH}/overview`, overviewHandler(services)],
    [
      'get',
      `${API_PATH}/machines`,
      ({ env: { incoming } }) => {
        refuseSearch(incoming);
        return readResponse({ machines: machineSummaries(engine) } satisfies MachineList);
      },
    ],
    ['get', `${API_PATH}/live`, liveHandler(services)],
    ...policyRoutes(services),
    ...letterRoutes(services),
    ...chartRoutes(services),
    ...actorRoutes(services),
    ...consoleRoutes(services),
    ...actorListRoutes(services),
    ...traceRoutes(services),
  ];
}
