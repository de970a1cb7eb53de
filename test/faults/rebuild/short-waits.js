// Loaded into a built server before its own code: what takes seconds by default takes a moment, and
// a rebuild, whose pages are short, lasts long enough to be killed in the middle.
import { DEFAULT_BACKGROUND_LIMITS } from '../../../dist/src/engine/background/limits.js';
import { DEFAULT_LIMITS } from '../../../dist/src/engine/limits.js';

Object.assign(DEFAULT_BACKGROUND_LIMITS, JSON.parse(process.env.BACKGROUND_LIMITS));
Object.assign(DEFAULT_LIMITS, JSON.parse(process.env.ENGINE_LIMITS));
