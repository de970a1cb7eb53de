// Lays graphs out, apart from the thread that serves. Plain JavaScript: a thread is started from a file
// that node can read as it is, whether the sources are run or what was built of them.
import { parentPort } from 'node:worker_threads';
import ELK from 'elkjs';

const elk = new ELK({ algorithms: ['layered'] });

parentPort.on('message', (graph) => {
  elk.layout(graph).then(
    (laidOut) => parentPort.postMessage({ laidOut }),
    (error) => parentPort.postMessage({ fault: String(error?.message ?? error) }),
  );
});
