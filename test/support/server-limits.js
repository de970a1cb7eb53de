// Loaded into a built server before its own code: other limits than its own.
import { DEFAULT_BACKGROUND_LIMITS } from '../../dist/src/engine/background/limits.js';
import { DEFAULT_LIMITS } from '../../dist/src/engine/limits.js';

Object.assign(DEFAULT_BACKGROUND_LIMITS, JSON.parse(process.env.BACKGROUND_LIMITS));
Object.assign(DEFAULT_LIMITS, JSON.parse(process.env.ENGINE_LIMITS));
