/** Run by the tests: `process.ts DIR TASK`. It says a line on what it did, and goes on when it gets one. */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { StoreUnavailable, type TurnId } from '../../../src/engine/store.ts';
import { openEmbeddedStore } from '../../../src/storage/embedded/index.ts';
import { draft } from '../../contract/suite/draft.ts';

const [, , dir = '', task = ''] = process.argv;

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function told(): Promise<void> {
  await once(process.stdin, 'data');
}

async function main(): Promise<void> {
  const store = await openEmbeddedStore({ dir, partitions: 4 });
  say('open');
  /** Writes a state of so many bytes as one actor's turn. */
  const write = (id: string, turn: number, bytes: number) =>
    store.commit(
      draft(
        { type: 'account', id },
        `t${turn}` as TurnId,
        turn === 1 ? null : (`t${turn - 1}` as TurnId),
        { state: JSON.stringify('x'.repeat(bytes)), records: [{ body: '{}', snapshot: null }] },
      ),
    );
  if (task === 'commit') {
    for (let turn = 1; ; turn++) {
      await write('ann', turn, 100);
      say(`committed ${turn}`);
    }
  }
  if (task === 'fill') {
    let turn = 0;
    try {
      for (;;) {
        await write(`big${turn}`, 1, 100_000);
        turn += 1;
      }
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      say(`full ${turn} ${error.applied}`);
    }
    await write('small', 1, 10);
    await store.ping();
    say('what fits goes on');
  }
  await told();
  await store.close();
  say('closed');
  process.exit(0);
}

main().catch((error: Error) => {
  say(`${error.name}: ${error.message}`);
  process.exit(1);
});
