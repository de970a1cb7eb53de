import { z } from 'zod';
import { defineQuery, size, view } from '../../src/define/index.ts';
import { seats, showView } from './collections.ts';
import { ShowId } from './values.ts';

export const getShow = defineQuery({
  name: 'getShow',
  summary: 'A show, and how many of its seats are reserved.',
  route: '/v1/shows/{id}',
  params: z.strictObject({ id: ShowId }),
  search: z.strictObject({}),
  result: z.object({
    title: z.string(),
    capacity: z.int(),
    isOpen: z.boolean(),
    reserved: z.int(),
  }),
  run: async ({ params: { id } }, reader) => {
    const { show, reserved } = await reader.facts({
      show: view(showView, id),
      reserved: size(seats, id),
    });
    return show && { ...show, reserved };
  },
});
