import { z } from 'zod';
import { unknownCommand, validCommand } from '../../http/commands.ts';
import type { Services } from '../../http/context.ts';
import { refuseSearch } from '../../http/faults.ts';
import { readResponse } from '../../http/reading.ts';
import { maskingOf } from '../mask.ts';
import { API_PATH, type DryRunRequest } from '../protocol.ts';
import type { InspectorRoute } from '../routes.ts';
import { askHandler } from '../writes.ts';
import { commandsOf } from './commands.ts';
import { rehearse } from './rehearse.ts';

const request = z.strictObject({
  type: z.string().min(1).max(200),
  data: z.unknown(),
}) satisfies z.ZodType<DryRunRequest>;

/** What commands there are, and what one of them would come to. */
export function consoleRoutes(services: Services): readonly InspectorRoute[] {
  const { engine } = services;
  const masking = maskingOf(services);
  // Written when it is first asked for: schemas take a while to spell out.
  let commands: ReturnType<typeof commandsOf> | null = null;
  return [
    [
      'get',
      `${API_PATH}/commands`,
      ({ env: { incoming } }) => {
        refuseSearch(incoming);
        commands ??= commandsOf(engine.app);
        return readResponse({ commands });
      },
    ],
    [
      'post',
      `${API_PATH}/dry-run`,
      askHandler(request, async ({ body: { type, data }, principal }) => {
        if (!engine.knows(type)) throw unknownCommand();
        return rehearse(services, masking, validCommand(engine, type, data, 'data'), principal);
      }),
    ],
  ];
}
