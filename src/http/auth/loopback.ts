const LOOPBACK_NAME = /^(?:(?:[a-z\d-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** Whether a `Host` header, with or without a port, names this machine's loopback. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_NAME.test(host.replace(/:\d*$/, ''));
}

/** Whether an address to listen on is reached from this machine only. */
export function isLoopbackAddress(address: string): boolean {
  return isLoopbackHost(address.includes(':') ? `[${address}]` : address);
}
