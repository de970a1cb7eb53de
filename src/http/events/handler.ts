import type { Engine } from '../../engine/engine.ts';
import type { FeedStream, FollowRequest } from '../../engine/live-feed.ts';
import { BadBookmarkError } from '../../engine/live-feed.ts';
import type { SecuredHandler, Serving } from '../context.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { readSearch } from '../reading.ts';
import { createFrames, eventStreamBody, gapData } from './body.ts';
import { cloudEvent, cloudGap, wantsCloudEvents } from './cloud-events.ts';
import { badLastEventId, eventsSearch, lastEventId, noRoomFor } from './request.ts';

export const EVENTS_ROUTE = '/v1/events';

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  vary: 'Accept',
  // Proxies that gather what they pass on would hold events back.
  'x-accel-buffering': 'no',
} as const;

/** `GET /v1/events`: the events of all actors as they are committed, until the client leaves. */
export function eventsHandler({ engine, log, stopping, meters }: Serving): SecuredHandler {
  const search = eventsSearch(engine.app);
  const frames = {
    plain: createFrames({ event: (event) => event, gap: gapData }),
    cloud: createFrames({ event: cloudEvent, gap: (gap) => cloudGap(EVENTS_ROUTE, gap) }),
  };
  let open = 0;
  const leave = (): void => {
    open -= 1;
    meters.streamEnded();
  };
  return async (context) => {
    const { incoming } = context.env;
    const { types, actor } = readSearch(incoming, search);
    const after = lastEventId(incoming);
    if (open >= HTTP_LIMITS.eventStreamsMax || stopping.aborted)
      throw noRoomFor('stream of events');
    open += 1;
    meters.streamBegan();
    const stream = await follow(engine, {
      types: types ? new Set(types) : null,
      actor: actor ?? null,
      after,
      beatMs: HTTP_LIMITS.eventBeatMs,
    }).catch((error: unknown) => {
      leave();
      throw error;
    });
    if (incoming.method === 'HEAD') {
      stream.close();
      leave();
      return new Response(null, { headers: HEADERS });
    }
    const form = wantsCloudEvents(incoming) ? frames.cloud : frames.plain;
    const onFault = (error: unknown): void => {
      log.error({ err: error }, 'a stream of events broke off');
      incoming.socket.destroy();
    };
    const body = eventStreamBody(stream, form, { onEnd: leave, onFault });
    return new Response(body, { headers: HEADERS });
  };
}

/** @throws Refusal where there is nothing to go on from */
async function follow(engine: Engine, request: FollowRequest): Promise<FeedStream> {
  try {
    return await engine.follow(request);
  } catch (error) {
    throw error instanceof BadBookmarkError ? badLastEventId() : error;
  }
}
