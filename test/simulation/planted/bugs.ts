/** Bugs to be planted in the code that ships: each a change of its text, to be found by the simulation. */

/** A passage, and what is to stand in its place. */
export interface Change {
  /** Of the repository. */
  readonly file: string;
  /** It must be there, once. */
  readonly passage: string;
  readonly instead: string;
}

export interface Bug {
  readonly name: string;
  readonly changes: readonly Change[];
  /** It can only be seen where policies wait and call the world. */
  readonly needsTimers?: true;
}

export const bugs: readonly Bug[] = [
  {
    name: 'the version is not checked',
    changes: [
      {
        file: 'src/storage/kv/commit.ts',
        passage: 'if (lastTurn !== commit.expected)',
        instead: 'if (lastTurn === null && commit.expected !== null)',
      },
    ],
  },
  {
    name: 'the fence is forgotten',
    changes: [
      {
        file: 'src/storage/kv/step.ts',
        passage: 'if (!isHeld(work, step.fence))',
        instead: 'if (!isHeld(work, work.lease?.fence ?? step.fence))',
      },
    ],
  },
  {
    name: 'the answer comes before the commit',
    changes: [
      {
        file: 'src/engine/turn.ts',
        passage: 'const reply = await save(this.#tools, commit, this.#try);',
        instead: `const head = await this.#tools.store.heads();
    void save(this.#tools, commit, this.#try).catch(() => {});
    const position = (head[this.#partition] ?? 0) + (commit.records.length > 0 ? 1 : 0);
    const reply = { kind: 'committed', position } as const;`,
      },
    ],
  },
  {
    name: 'a turn that was sent twice is not known again',
    changes: [
      {
        file: 'src/storage/kv/commit.ts',
        passage: 'if (same !== undefined) return',
        instead: 'if (same !== undefined && commit.records.length > 99) return',
      },
    ],
  },
  {
    name: 'a command that was answered is not known again',
    changes: [
      {
        file: 'src/storage/kv/commit.ts',
        passage: 'if (commandIds.length > 0) return',
        instead: 'if (commandIds.length > 99) return',
      },
    ],
  },
  {
    name: 'the checkpoint is written before what follows from it',
    changes: [
      {
        file: 'src/engine/background/policy-runner.ts',
        passage: 'const writing = writer.write(contribution);',
        instead: `await writer.write({ ...contribution, rows: [], isUrgent: true });
      const writing = writer.write({ ...contribution, checkpoint: null });`,
      },
    ],
  },
  {
    name: 'a read model’s checkpoint is written before its entries',
    changes: [
      {
        file: 'src/engine/background/projector.ts',
        passage: 'await Promise.all(transfers);',
        instead: 'void Promise.all(transfers).catch(() => {});',
      },
    ],
  },
  {
    name: 'a claim is stolen without raising its holder’s version',
    changes: [
      {
        file: 'src/engine/claims.ts',
        passage:
          "return (await store.fenceClaim(holder, key, runtime.token() as TurnId)) === 'held';",
        instead: 'return isHeldNow(store, holder, key);',
      },
    ],
  },
  {
    name: 'a timer fires that was set anew',
    needsTimers: true,
    changes: [
      {
        file: 'src/engine/background/instance.ts',
        passage: 'Object.values(instance.timers).includes(message.generation)',
        instead: 'Object.keys(instance.timers).length > 0',
      },
    ],
  },
  {
    name: 'the outbox is lost at a hand-over',
    changes: [
      {
        file: 'src/engine/background/policy-runner.ts',
        passage: 'await this.#insist(() => this.#relay.load());',
        instead: '',
      },
    ],
  },
  {
    name: 'a conflict is swallowed',
    changes: [
      {
        file: 'src/engine/save.ts',
        passage: "if (reply.kind !== 'conflict' || canTell()",
        instead: `if (reply.kind === 'conflict') {
      return { kind: 'committed', position: (reply.actor.recent[0]?.position ?? 0) + 1 };
    }
    if ((reply.kind as string) !== 'conflict' || canTell()`,
      },
    ],
  },
  {
    name: 'a stale cache answers',
    changes: [
      {
        file: 'src/engine/save.ts',
        passage: 'let replyWasLost = false;',
        instead: `if (isCheck(commit)) return { kind: 'committed', position: 1 };
  let replyWasLost = false;`,
      },
    ],
  },
  {
    name: 'a key replays for another body',
    changes: [
      {
        file: 'src/engine/idempotency.ts',
        passage: 'if (fingerprint !== fingerprintOf(runtime, command)) return null;',
        instead: 'if (fingerprint.length !== fingerprintOf(runtime, command).length) return null;',
      },
    ],
  },
  {
    name: 'a target forgets what it answered to a policy',
    changes: [
      {
        file: 'src/engine/background/delivery.ts',
        passage: "keep: 'everything',",
        instead: "keep: 'nothing',",
      },
    ],
  },
];
