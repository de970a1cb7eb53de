import type { AsyncCommand } from '../../engine/store.ts';
import type { Calls } from './calls.ts';
import type { Keys } from './keys.ts';
import { list, text, textOrNull } from './reply.ts';
import { SCRIPTS } from './scripts.ts';

/** The async commands: each in the partition of its id. */
export class AsyncCommands {
  constructor(
    private readonly calls: Calls,
    private readonly keys: Keys,
  ) {}

  async put(commandId: string, command: string): Promise<void> {
    await this.calls.script(SCRIPTS.putAsync, 'write', this.#named(commandId), [
      commandId,
      command,
    ]);
  }

  async finish(commandId: string, result: string, ttlMs: number): Promise<void> {
    const values = [commandId, result, String(ttlMs)];
    await this.calls.script(SCRIPTS.finishAsync, 'write', this.#named(commandId), values);
  }

  async read(commandId: string): Promise<AsyncCommand | null> {
    const key = this.keys.asyncCommand(this.keys.partition(commandId), commandId);
    const [stored, result] = list(await this.calls.run('read', ['hmget', key, 'c', 'r']));
    const command = textOrNull(stored);
    return command === null ? null : { commandId, command, result: textOrNull(result) };
  }

  async pending(partition: number, limit: number): Promise<readonly AsyncCommand[]> {
    const index = this.keys.pendingAsync(partition);
    const range = ['0', String(limit - 1)];
    const ids = limit < 1 ? [] : list(await this.calls.run('read', ['zrange', index, ...range]));
    const found = await Promise.all(ids.map((id) => this.read(text(id))));
    // What was finished between the two reads is pending no longer.
    return found.flatMap((command) => (command?.result === null ? [command] : []));
  }

  #named(commandId: string): readonly string[] {
    const partition = this.keys.partition(commandId);
    return [this.keys.asyncCommand(partition, commandId), this.keys.pendingAsync(partition)];
  }
}
