import { Registry } from 'prom-client';
import type { SecuredHandler, Serving } from './context.ts';
import { refuseSearch } from './faults.ts';
import { StoreFigures } from './store-figures.ts';

export const METRICS_ROUTE = '/metrics';

const HEADERS = {
  'content-type': Registry.PROMETHEUS_CONTENT_TYPE,
  'cache-control': 'no-store',
} as const;

/** `GET /metrics`: what this node counted, and how the policies fare, in Prometheus's text. */
export function metricsHandler({ engine, log, meters }: Serving): SecuredHandler {
  const figures = new StoreFigures(engine, log);
  return async (context) => {
    refuseSearch(context.env.incoming);
    const [counted, read] = await Promise.all([meters.text(), figures.text()]);
    return new Response(counted + read, { headers: HEADERS });
  };
}
