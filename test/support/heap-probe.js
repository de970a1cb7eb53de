// Loaded into a server before its own code: tells its heap, without garbage, to whoever connects.
import { createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

createServer((socket) => {
  // What the first round lets go of, the second one collects.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  socket.end(String(heapUsed + external));
})
  .listen(process.env.HEAP_SOCKET)
  .unref();
