// Loaded into a server before its own code: tells what it holds, without garbage, to whoever connects.
import { createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

createServer((socket) => {
  // What the first round lets go of, the second one collects.
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  const open = {};
  for (const kind of process.getActiveResourcesInfo()) open[kind] = (open[kind] ?? 0) + 1;
  socket.end(JSON.stringify({ heap: heapUsed + external, rss, open }));
})
  .listen(process.env.PROBE_SOCKET)
  .unref();
