import { z } from 'zod';
import { type Answer, Client } from '../faults/client.ts';
import { bodyOf } from '../linearizability/history.ts';
import type { Asked } from './graph-model.ts';

const CLIENT = new Client();

/** The running server, and the accounts of one run: their ids are like no other run's. */
export class World {
  readonly client = CLIENT;
  readonly url: string;
  readonly #run: number;

  constructor(url: string, run: number) {
    this.url = url;
    this.#run = run;
  }

  /** The id, username or email that a name of the model stands for. */
  idOf(name: string): string {
    return `${name}_${this.#run}`;
  }

  nameOf(id: string): string {
    return id.replace(/_\d+$/, '');
  }

  command(asked: Asked, headers: Readonly<Record<string, string>>): Promise<Answer> {
    return this.client.command(this.url, asked.type, this.bodyOf(asked), headers);
  }

  bodyOf({ type, self, other, email, username }: Asked): Record<string, string> {
    return bodyOf({
      type,
      self: this.idOf(self),
      other: this.idOf(other),
      email: `${this.idOf(email)}@example.org`,
      username: this.idOf(username),
    });
  }

  /** Reads what lies under a path; `null` for 404. @param after what the answer is to show */
  async read<T>(
    path: string,
    schema: z.ZodType<T>,
    after: Iterable<string> = [],
  ): Promise<T | null> {
    const positions = [...after].join(',');
    const headers = positions === '' ? {} : { 'min-position': positions };
    const response = await fetch(this.url + path, { headers });
    const text = await response.text();
    if (response.status === 404) return null;
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${text}`);
    return schema.parse(JSON.parse(text));
  }

  /** Resolves when the policies have nothing left to do, now or later. */
  async idle(): Promise<void> {
    for (;;) {
      const { text } = await this.client.get(`${this.url}/v1/policies`);
      const { idle, policies } = report.parse(JSON.parse(text));
      // A cleanup that waits for its next look has a timer, which is nothing to do yet.
      if (idle && policies.every(({ timers }) => timers === 0)) return;
    }
  }
}

const report = z.looseObject({
  idle: z.boolean(),
  policies: z.array(z.looseObject({ timers: z.int() })),
});
