import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What becomes of one piece of what a client says. */
export type Fate =
  | 'pass'
  /** The connection ends, and nothing of it arrives. */
  | 'lose request'
  /** Half of it arrives, and the connection ends. */
  | 'halve request'
  /** It arrives, and the connection ends in place of the answer. */
  | 'lose reply'
  /** It arrives, and the connection ends in the middle of the answer. */
  | 'halve reply'
  /** It does not arrive, and the connection stays. */
  | 'hold'
  /** It does not arrive, nor does anything after it on its connection, which stays. */
  | 'freeze'
  /** It arrives later, and so does all that comes after it on its connection. */
  | { readonly lateMs: number };

/** Stands between clients and a server of this machine, and disturbs them as a bad network does. */
export interface FaultProxy {
  readonly port: number;
  /** Asked about each piece that a client sends. */
  decide(fateOf: (piece: Buffer) => Fate): void;
  /** Ends every connection, and each new one at once. */
  refuse(): void;
  /** Passes on what clients say and drops every answer. */
  swallowReplies(): void;
  /** Ends every connection; new ones go to another server of this machine. */
  aim(port: number): void;
  /** Disturbs nothing more. Connections that were disturbed end. */
  restore(): void;
  close(): Promise<void>;
}

type Mode = 'open' | 'refusing' | 'swallowing';

/** Listens on a free port. */
export async function startFaultProxy(port: number): Promise<FaultProxy> {
  const ends = new Set<() => void>();
  let target = port;
  let mode: Mode = 'open';
  let fateOf: (piece: Buffer) => Fate = () => 'pass';
  const server = createServer((client) => {
    if (mode === 'refusing') return void client.destroy();
    const upstream = connect(target, '127.0.0.1');
    const end = () => {
      client.destroy();
      upstream.destroy();
      ends.delete(end);
    };
    ends.add(end);
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    join(
      client,
      upstream,
      end,
      (piece) => fateOf(piece),
      () => mode === 'swallowing',
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  const endAll = () => {
    for (const end of ends) end();
  };
  return {
    port: own,
    decide: (next) => {
      fateOf = next;
    },
    refuse: () => {
      mode = 'refusing';
      endAll();
    },
    swallowReplies: () => {
      mode = 'swallowing';
    },
    aim: (next) => {
      target = next;
      endAll();
    },
    restore: () => {
      fateOf = () => 'pass';
      // Answers that were dropped are missing from the connections they belong to.
      if (mode === 'swallowing') endAll();
      mode = 'open';
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        endAll();
      }),
  };
}

function join(
  client: Socket,
  upstream: Socket,
  end: () => void,
  fateOf: (piece: Buffer) => Fate,
  isSwallowing: () => boolean,
): void {
  let fateOfReply: 'pass' | 'lose' | 'halve' = 'pass';
  client.on('data', (piece) => {
    const fate = isSwallowing() ? 'pass' : fateOf(piece);
    if (typeof fate === 'object') {
      client.pause();
      setTimeout(() => {
        if (!upstream.destroyed) upstream.write(piece);
        client.resume();
      }, fate.lateMs);
      return;
    }
    switch (fate) {
      case 'hold':
        return;
      case 'freeze':
        client.pause();
        return;
      case 'lose request':
        return end();
      case 'halve request':
        upstream.write(piece.subarray(0, piece.length >> 1), end);
        return;
      case 'lose reply':
        fateOfReply = 'lose';
        break;
      case 'halve reply':
        fateOfReply = 'halve';
        break;
      case 'pass':
        break;
    }
    upstream.write(piece);
  });
  upstream.on('data', (piece) => {
    if (isSwallowing()) return;
    if (fateOfReply === 'pass') return void client.write(piece);
    if (fateOfReply === 'lose') return end();
    client.write(piece.subarray(0, piece.length >> 1), end);
  });
}
