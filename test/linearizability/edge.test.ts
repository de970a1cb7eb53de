import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFailed, test, vi } from 'vitest';
import { Client } from '../faults/client.ts';
import { oneOf, randomFrom, SEED } from '../faults/seed.ts';
import { type Fate, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { freePort, type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { History, type SentCommand } from './history.ts';

const ACCOUNTS = ['ann', 'bea', 'cleo', 'dora'];
const CLIENTS = 8;
const OPERATIONS = 1_000;
const KILLS = 3;
/** How many of the pieces that a client says, or a node to its store, are disturbed. */
const FATE_SHARE = 0.02;
const STORE_FATE_SHARE = 0.03;
const PATIENCE_MS = 3_000;
/** What there is of each kind of answer, at least; much less than is usual. */
const MORE_THAN = { accepted: 30, rejected: 30, mismatch: 8, seen: 30, unknown: 3 };

// Seconds, but for a machine that has much else to do.
vi.setConfig({ testTimeout: 120_000 });

interface Node {
  readonly process: ServerProcess;
  /** Between clients and the node. */
  readonly proxy: FaultProxy;
  /** Between the node and its Redis. */
  readonly storeProxy: FaultProxy | null;
}

let client: Client;
let dir: string;
let redis: RedisServer | null;
let nodes: Node[];

beforeEach(async () => {
  client = new Client(PATIENCE_MS);
  dir = await mkdtemp(join(tmpdir(), 'everstate-linearizability-'));
  redis = null;
  nodes = [];
  onTestFailed(() =>
    console.error(`To repeat: npm run build && SEED=${SEED} npx vitest run test/linearizability`),
  );
});

afterEach(async () => {
  client.close();
  for (const { process, proxy, storeProxy } of nodes) {
    await Promise.all([process.kill9(), proxy.close(), storeProxy?.close()]);
  }
  await redis?.stop();
  await rm(dir, { recursive: true });
});

/** A server that keeps its port through crashes, behind a bad network and before one. */
async function startNode(settings: Record<string, string>): Promise<void> {
  const port = await freePort();
  const storeProxy = redis && (await startFaultProxy(redis.port));
  const process = await ServerProcess.start({
    ...settings,
    PORT: String(port),
    ...(storeProxy && { REDIS_URL: `redis://127.0.0.1:${storeProxy.port}` }),
  });
  nodes.push({ process, proxy: await startFaultProxy(port), storeProxy });
}

/** Ends a node as a crash does and starts it again; a start that is disturbed is none. */
async function crash(random: () => number, { process, storeProxy }: Node): Promise<void> {
  storeProxy?.restore();
  await process.crash();
  disturbStore(random, storeProxy);
}

function disturbStore(random: () => number, storeProxy: FaultProxy | null): void {
  storeProxy?.decide(() => (random() < STORE_FATE_SHARE ? oneOf(random, STORE_FATES) : 'pass'));
}

const STORE_FATES: readonly Fate[] = ['lose request', 'lose reply', 'halve reply'];

const FATES: readonly Fate[] = [
  'lose request',
  'halve request',
  'lose reply',
  'lose reply',
  'halve reply',
];

/** Any command between two of the accounts, as often as keeps them changing. */
function anyCommand(random: () => number, versions: ReadonlyMap<string, number>): SentCommand {
  const self = oneOf(random, ACCOUNTS);
  const other = oneOf(random, ACCOUNTS);
  // One of them at the most, or little would happen from then on.
  const type =
    self === ACCOUNTS[0] && random() < 0.008
      ? 'DeactivateAccount'
      : oneOf(random, [
          'FollowAccount',
          'FollowAccount',
          'FollowAccount',
          'RemoveFollower',
          'BlockAccount',
          'UnblockAccount',
          'UnblockAccount',
          'RegisterAccount',
        ] as const);
  return {
    type,
    self,
    other,
    ...(random() < 0.2 && { ifMatch: versions.get(self) ?? 1 }),
    ...(random() < 0.3 && { key: randomUUID() }),
  };
}

async function expectLinearizable(seed: number): Promise<void> {
  const random = randomFrom(seed);
  const history = new History(client);
  const direct = () => oneOf(random, nodes).process.url;
  for (const self of ACCOUNTS) {
    await history.command(direct, { type: 'RegisterAccount', self, other: self });
  }
  for (const { proxy, storeProxy } of nodes) {
    proxy.decide(() => (random() < FATE_SHARE ? oneOf(random, FATES) : 'pass'));
    disturbStore(random, storeProxy);
  }
  /** One that runs, where one does: what is sent to a dead one is only one more lost reply. */
  const nextUrl = async () => {
    const running = nodes.filter(({ process }) => process.isRunning);
    const { process, proxy } = oneOf(random, running.length > 0 ? running : nodes);
    await process.url;
    return `http://127.0.0.1:${proxy.port}`;
  };
  const versions = new Map<string, number>();
  let left = OPERATIONS;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      if (random() < 0.2) {
        await history.look(nextUrl, oneOf(random, ACCOUNTS), oneOf(random, ACCOUNTS));
        continue;
      }
      const sent = anyCommand(random, versions);
      const output = await history.command(nextUrl, sent);
      if (output !== null && output.kind !== 'seen') versions.set(sent.self, output.version);
    }
  };
  const killer = async () => {
    for (let kill = KILLS; kill > 0; kill -= 1) {
      const until = (OPERATIONS * kill) / (KILLS + 1);
      while (left > until) await pause(1);
      await crash(random, oneOf(random, nodes));
    }
  };
  await Promise.all([killer(), ...Array.from({ length: CLIENTS }, lane)]);
  for (const { proxy, storeProxy } of nodes) {
    proxy.restore();
    storeProxy?.restore();
  }
  const url = await oneOf(random, nodes).process.url;
  await expect
    .poll(async () => (await client.get(`${url}/v1/policies`)).text)
    .toContain('"idle":true');
  expect(await history.judge(url)).toEqual([]);
  // Otherwise little was put to the test.
  for (const kind of ['accepted', 'rejected', 'mismatch', 'seen', 'unknown'] as const) {
    expect(history.count(kind), kind).toBeGreaterThan(MORE_THAN[kind]);
  }
  for (const { process } of nodes) expect(process.isRunning, process.log).toBe(true);
}

describe('what clients see of each account is what one order of its commands explains', () => {
  test(`two nodes on one Redis, killed, behind a network that loses replies (SEED=${SEED})`, async () => {
    redis = await startRedis();
    for (let count = 2; count > 0; count -= 1) await startNode({});
    await expectLinearizable(SEED);
  });

  test(`one on the embedded store: the same (SEED=${SEED})`, async () => {
    await startNode({ STORE: 'embedded', DATA_DIR: dir });
    await expectLinearizable(SEED + 1);
  });
});
