import type { AddressInfo } from 'node:net';

/** Tells the parent the port, once there is one; ends with the parent. */
export function announce(server: {
  once(event: 'listening', listener: () => void): unknown;
  address(): AddressInfo | string | null;
}): void {
  server.once('listening', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
    console.log(`listening on ${JSON.stringify(address)}`);
  });
  process.on('disconnect', () => process.exit(0));
}
