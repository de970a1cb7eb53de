import { type CommitRecord, parseRecord } from '../../../src/engine/record.ts';
import type { Commit, CommitReply, Store } from '../../../src/engine/store.ts';

/**
 * A store whose records are seen when they are committed.
 * @param keepsAnswers whether accounts keep their answers to the policies' commands
 */
export function watchedStore(
  store: Store,
  keepsAnswers: boolean,
  onRecord: (record: CommitRecord) => void,
): Store {
  const commit = async (sent: Commit): Promise<CommitReply> => {
    const reply = await store.commit(keepsAnswers ? sent : { ...sent, replies: [] });
    if (reply.kind === 'committed')
      for (const { body } of sent.records) onRecord(parseRecord(body));
    return reply;
  };
  return new Proxy(store, {
    get(target, property, receiver) {
      if (property === 'commit') return commit;
      const member: unknown = Reflect.get(target, property, receiver);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
