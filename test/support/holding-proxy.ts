import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server of this machine, and can keep back what the client says. */
export interface HoldingProxy {
  readonly port: number;
  /** Keeps back the first piece that is so, and everything after it. */
  holdFrom(isIt: (piece: Buffer) => boolean): void;
  /** Whether something is kept back. */
  readonly isHolding: boolean;
  /** Passes on what was kept back; gives what the server answers then, as it comes. */
  release(): { readonly answers: () => string };
  close(): Promise<void>;
}

/** Listens on a free port. */
export async function startHoldingProxy(target: number): Promise<HoldingProxy> {
  const ends = new Set<() => void>();
  const held: { readonly to: Socket; readonly piece: Buffer }[] = [];
  let isIt: (piece: Buffer) => boolean = () => false;
  let isHolding = false;
  let answers = '';
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const end = () => {
      client.destroy();
      upstream.destroy();
      ends.delete(end);
    };
    ends.add(end);
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    client.on('data', (piece) => {
      isHolding ||= isIt(piece);
      if (isHolding) held.push({ to: upstream, piece });
      else upstream.write(piece);
    });
    upstream.on('data', (piece) => {
      answers += piece.toString();
      client.write(piece);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    holdFrom: (next) => {
      isIt = next;
    },
    get isHolding() {
      return isHolding;
    },
    release: () => {
      isIt = () => false;
      isHolding = false;
      answers = '';
      for (const { to, piece } of held.splice(0)) to.write(piece);
      return { answers: () => answers };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const end of ends) end();
      }),
  };
}
