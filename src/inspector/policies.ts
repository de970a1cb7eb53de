import type { SecuredHandler, Services } from '../http/context.ts';
import { refuseSearch } from '../http/faults.ts';
import { Refusal } from '../http/problem.ts';
import { nothingThere, pageSearch, readResponse, readSearch, withCursor } from '../http/reading.ts';
import { readInstanceDetail } from './instance/detail.ts';
import { maskingOf } from './mask.ts';
import type { InstanceList, PolicyList } from './protocol/policies.ts';
import { API_PATH } from './protocol.ts';
import type { InspectorRoute } from './routes.ts';
import { noBody, writeHandler } from './writes.ts';

/** How the policies fare, what they are in the middle of, and that they pause. */
export function policyRoutes(services: Services): readonly InspectorRoute[] {
  return [
    ['get', `${API_PATH}/policies`, listHandler(services)],
    ['get', `${API_PATH}/policies/:name/instances`, instancesHandler(services)],
    ['get', `${API_PATH}/policies/:name/instances/:id`, instanceHandler(services)],
    ['post', `${API_PATH}/policies/:policy/pause`, pauseHandler(services, true)],
    ['post', `${API_PATH}/policies/:policy/resume`, pauseHandler(services, false)],
  ];
}

function listHandler({ engine }: Services): SecuredHandler {
  return async ({ env: { incoming } }) => {
    refuseSearch(incoming);
    const { idle, policies } = await engine.policies();
    return readResponse({ isIdle: idle, policies } satisfies PolicyList);
  };
}

function instancesHandler(services: Services): SecuredHandler {
  const masking = maskingOf(services);
  return async (context) => {
    const name = context.req.param('name') ?? '';
    const { limit, cursor = null } = readSearch(context.env.incoming, pageSearch);
    const page = await withCursor('cursor', () =>
      services.engine.instances(name, { limit, cursor }),
    );
    if (page === null) throw nothingThere();
    const items = page.items.map((item) => ({
      ...item,
      id: masking.text(item.id, item.context),
      context: masking.value(item.context),
    }));
    return readResponse({ items, nextCursor: page.next } satisfies InstanceList);
  };
}

function instanceHandler(services: Services): SecuredHandler {
  const masking = maskingOf(services);
  const { inside } = services.engine;
  return async ({ req, env: { incoming } }) => {
    refuseSearch(incoming);
    const { name = '', id = '' } = req.param();
    const policy = inside.policies.get(name);
    if (!policy) throw nothingThere();
    return readResponse(await readInstanceDetail(inside, policy, id, masking));
  };
}

function pauseHandler({ engine, log }: Services, paused: boolean): SecuredHandler {
  return writeHandler(log, {
    what: paused ? 'policy.pause' : 'policy.resume',
    body: noBody,
    async act({ param }) {
      const policy = param('policy');
      const answer = paused ? await engine.pausePolicy(policy) : await engine.resumePolicy(policy);
      if (answer === 'unknown') throw new Refusal('not_found', 'There is no such policy');
      return { paused };
    },
  });
}
