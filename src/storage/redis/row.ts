import type { ActorRow, RecentTurn, TurnId } from '../../engine/store.ts';
import { textOrNull } from './reply.ts';

/** The row of an actor from the fields `r`, `t` and `s` of its hash. */
export function actorRow(last: unknown, turns: unknown, state: unknown): ActorRow {
  const stored = textOrNull(turns) ?? '';
  let recent: readonly RecentTurn[] | undefined;
  return {
    lastTurn: textOrNull(last) as TurnId | null,
    // Few who read a row look at its turns.
    get recent() {
      recent ??= recentTurns(stored);
      return recent;
    },
    recentIsAll: !stored.endsWith(';'),
    state: textOrNull(state),
  };
}

/** `;turnId:position:records` for each turn, newest first; a `;` at the end where more are cut off. */
function recentTurns(stored: string): readonly RecentTurn[] {
  const turns: RecentTurn[] = [];
  for (const entry of stored.split(';')) {
    const [turnId, position, records] = entry.split(':');
    if (turnId === undefined || position === undefined || records === undefined) continue;
    turns.push({
      turnId: turnId as TurnId,
      position: Number(position),
      records: Number(records),
    });
  }
  return turns;
}
