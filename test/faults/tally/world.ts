/** What the nodes and the test that judges them have in common. */
export const PARTITIONS = 16;
/** Many, so that trails stay short: whatever is read again is looked for in one. */
export const SOURCES = Array.from({ length: 64 }, (_, n) => `s${n}`);
export const GROUPS = ['red', 'green', 'blue'];
/** So short that retries find answers gone and must look for them in the trail. */
export const ANSWER_TTL_MS = 3_000;
