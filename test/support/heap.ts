import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const PROBE = fileURLToPath(new URL('./heap-probe.js', import.meta.url));
const SOCKET = 'heap.sock';

/**
 * What a server's environment needs so that its heap can be measured; it gets the room for young
 * objects that `npm start` gives it.
 * @param dir a directory of the server's own
 */
export function heapSettings(dir: string): Record<string, string> {
  return {
    NODE_OPTIONS: `--max-semi-space-size=64 --import=${PROBE}`,
    HEAP_SOCKET: join(dir, SOCKET),
  };
}

/** What the server of that directory keeps in its heap and beside it, in bytes, without garbage. */
export async function heapOf(dir: string): Promise<number> {
  return Number(await text(connect(join(dir, SOCKET))));
}

/** A killed server leaves its socket behind, where its successor could not listen. */
export function forgetHeap(dir: string): Promise<void> {
  return rm(join(dir, SOCKET), { force: true });
}
