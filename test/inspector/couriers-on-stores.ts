/** Couriers on any store: opened for a test, and closed with it. */
import { onTestFinished } from 'vitest';
import { startTestServer, type TestServer } from '../http/harness.ts';
import { send } from '../support/node.ts';
import { openStore, type StoreKind } from '../support/stores.ts';
import { type Couriers, couriersOn } from './courier.ts';

const PARTITIONS = 4;

/** Stores that it is to be the same on. */
export const STORES = ['memory', 'embedded', 'redis'] as const satisfies readonly StoreKind[];

/** Couriers at work, and the inspector's server. */
export interface World extends Couriers {
  readonly server: TestServer;
}

/** @param unmask shows what is personal */
export async function openCouriers(kind: StoreKind, unmask = false): Promise<World> {
  const store = await openStore(kind, PARTITIONS);
  const couriers = couriersOn(store);
  onTestFinished(() => couriers.engine.drain());
  await couriers.engine.start();
  const server = await startTestServer({ engine: couriers.engine, unmask });
  onTestFinished(() => server.close());
  return { ...couriers, server };
}

/** Writes texts on a desk, one after the other. */
export async function write(
  { engine }: Couriers,
  desk: string,
  ...texts: readonly string[]
): Promise<void> {
  for (const text of texts) await send(engine, 'Write', { desk, text });
}
