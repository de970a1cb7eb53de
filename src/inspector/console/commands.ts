import { z } from 'zod';
import type { App } from '../../define/index.ts';
import type { CommandInfo } from '../protocol.ts';

/** All commands of the app, in its order, with the schema that clients are held to. */
export function commandsOf({ commands }: App): readonly CommandInfo[] {
  return Array.from(commands, ([type, aggregate]) => {
    const definition = aggregate.commands[type];
    if (!definition) throw new Error(`${aggregate.type} has no command ${type}`);
    const { $schema, ...schema } = z.toJSONSchema(definition.clientSchema, {
      io: 'input',
      unrepresentable: 'any',
    });
    return {
      type,
      aggregate: aggregate.type,
      summary: definition.summary,
      schema,
      example: definition.example ?? null,
    };
  });
}
