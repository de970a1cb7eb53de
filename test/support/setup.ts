import { afterAll } from 'vitest';
import { endChildren } from './children.ts';

// A test that runs out of time, or fails as it starts, leaves processes that its own hooks do not know.
afterAll(endChildren);
