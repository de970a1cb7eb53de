import { z } from 'zod';

/** The id of an account: case-sensitive, chosen by the client or generated. */
export const AccountId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .brand('AccountId');
export type AccountId = z.infer<typeof AccountId>;

/** An email address as its owner writes it. */
export const Email = z
  .string()
  // The length comes first and ends the check: on a long text the pattern takes quadratic time.
  .max(254, { abort: true })
  .regex(/^[^@\s]+@[^@\s]+\.[^@\s]+$/)
  .brand('Email');
export type Email = z.infer<typeof Email>;

/** A name that others know the account by, as its owner writes it. */
export const Username = z
  .string()
  .regex(/^[a-zA-Z0-9_]{3,32}$/)
  .brand('Username');
export type Username = z.infer<typeof Username>;

/** The form in which emails and usernames are compared. */
export function normalize(value: string): string {
  return value.normalize('NFC').toLowerCase();
}

/** A point in time: ISO 8601, UTC, milliseconds. Two of them compare as texts do. */
export const Timestamp = z.iso.datetime({ precision: 3 });

/** Names one follow: a later follow of the same account has another. */
export const RelationshipId = z.string().min(1);
