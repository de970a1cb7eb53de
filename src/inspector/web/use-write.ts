import { useCallback, useRef, useState } from 'react';
import { API_PATH } from '../protocol.ts';
import { Problem, write } from './api.ts';

/** A word of the one who looks: at most one is under way. */
export interface Writing {
  readonly isUnderWay: boolean;
  /** Why the last one was not taken. */
  readonly problem: Problem | null;
  /**
   * Says it, unless another word is under way: buttons stay where the focus is meanwhile.
   * @returns the answer; `null` where there is none, which `problem` tells
   */
  readonly say: <T>(path: string, body: unknown) => Promise<T | null>;
}

/** For what changes something under the inspector's routes. */
export function useWrite(): Writing {
  const [state, setState] = useState<Pick<Writing, 'isUnderWay' | 'problem'>>({
    isUnderWay: false,
    problem: null,
  });
  const underWay = useRef(false);
  const say = useCallback(async <T>(path: string, body: unknown): Promise<T | null> => {
    if (underWay.current) return null;
    underWay.current = true;
    setState({ isUnderWay: true, problem: null });
    try {
      const answer = await write<T>(`${API_PATH}${path}`, body);
      setState({ isUnderWay: false, problem: null });
      return answer;
    } catch (error) {
      const problem =
        error instanceof Problem ? error : new Problem(0, 'unknown', 'The page has a fault');
      setState({ isUnderWay: false, problem });
      return null;
    } finally {
      underWay.current = false;
    }
  }, []);
  return { ...state, say };
}
