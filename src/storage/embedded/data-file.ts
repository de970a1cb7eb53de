/**
 * What LMDB takes for granted of its file, and ends the process where it is not so. Two pages at
 * the beginning describe the content; the one of the later transaction counts. Numbers are little
 * endian on every machine LMDB's binding is built for.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const MAGIC = 0xbeefc0de;
const FORMAT = 2;
const META_BYTES = 160;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
/** Offsets in a page that describes the content. */
const AT = { magic: 24, format: 28, pageSize: 48, freeRoot: 88, mainRoot: 136, transaction: 152 };

/**
 * Why a file cannot be LMDB's, or not whole; `null` where nothing speaks against it, and for a
 * file that is not there or empty.
 */
export function faultOf(path: string): string | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    return faultOfContent(file);
  } finally {
    closeSync(file);
  }
}

function faultOfContent(file: number): string | null {
  const { size } = fstatSync(file);
  if (size === 0) return null;
  const first = readMeta(file, 0);
  if (first === null || first.format !== FORMAT) return 'it is no LMDB data file';
  const second = readMeta(file, first.pageSize);
  if (second === null) return 'it is cut off';
  const current = second.transaction > first.transaction ? second : first;
  for (const root of current.roots) {
    if (root !== NO_PAGE && (root + 1n) * BigInt(first.pageSize) > size) return 'it is cut off';
  }
  return null;
}

function readMeta(file: number, offset: number) {
  const bytes = new DataView(new ArrayBuffer(META_BYTES));
  const length = readSync(file, bytes, 0, META_BYTES, offset);
  if (length < META_BYTES || bytes.getUint32(AT.magic, true) !== MAGIC) return null;
  return {
    format: bytes.getUint32(AT.format, true) & 0xffff,
    pageSize: bytes.getUint32(AT.pageSize, true),
    transaction: bytes.getBigUint64(AT.transaction, true),
    roots: [AT.freeRoot, AT.mainRoot].map((at) => bytes.getBigUint64(at, true)),
  };
}
