/** Step one of a command's way: its structure, never business rules. */
import type { App } from '../define/index.ts';
import type { Validation } from './engine.ts';

/** Parses a client's command by its schema. `type` must be a command of the app. */
export function validate(app: Pick<App, 'commands'>, type: string, body: unknown): Validation {
  const definition = app.commands.get(type)?.commands[type];
  if (!definition) throw new Error(`${type} is no command of this app`);
  const result = definition.clientSchema.safeParse(body);
  if (!result.success) return { ok: false, issues: result.error.issues };
  return { ok: true, command: { type, parsed: result.data, body } };
}
