import { z } from 'zod';

/** The id of a show, chosen by the client or generated. */
export const ShowId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .brand('ShowId');

/** Row and number, as on the ticket: `C7`. */
export const Seat = z.string().regex(/^[A-Z][1-9][0-9]?$/);
