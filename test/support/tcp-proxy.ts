import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server, and breaks what they say to each other when told to. */
export interface TcpProxy {
  readonly port: number;
  /** Ends every connection. */
  cut(): void;
  /** Passes the next thing a client says on, and ends its connection in place of the answer. */
  loseNextReply(): void;
  /** Ends a client's connection in place of passing on the next thing it says. */
  loseNextRequest(): void;
  close(): Promise<void>;
}

type Loss = 'reply' | 'request' | null;

/** Listens on a free port and passes everything on to `target` of this machine. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let next: Loss = null;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    let losing = false;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (data) => {
      const loss = next;
      next = null;
      if (loss === 'request') return end();
      if (loss === 'reply') losing = true;
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (losing) end();
      else client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    loseNextReply: () => {
      next = 'reply';
    },
    loseNextRequest: () => {
      next = 'request';
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
