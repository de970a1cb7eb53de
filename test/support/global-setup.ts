import { execFileSync } from 'node:child_process';
import { REDIS_IMAGE_VARIABLE } from './redis.ts';

const IMAGE = 'redis:7-alpine';

/**
 * Sees to it that tests can start a Redis server: the one on the PATH, else one in Docker, else
 * one that the system's package manager installs.
 */
export default function setup(): void {
  if (works('redis-server', '--version')) return;
  if (works('docker', 'info')) {
    console.log(`No redis-server on the PATH: the tests run ${IMAGE} in Docker.`);
    if (works('docker', 'image', 'inspect', IMAGE) || works('docker', 'pull', IMAGE)) {
      process.env[REDIS_IMAGE_VARIABLE] = IMAGE;
      return;
    }
  }
  if (process.getuid?.() === 0 && works('apt-get', '--version')) {
    console.log('No redis-server on the PATH: installing it with apt-get.');
    works('apt-get', 'update', '-q');
    works('apt-get', 'install', '-y', '-q', '--no-install-recommends', 'redis-server');
    if (works('redis-server', '--version')) return;
  }
  throw new Error(
    'The tests need Redis 7.0 or newer: put redis-server on the PATH, or start a Docker engine.',
  );
}

function works(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
