import type { Draw } from './draw.ts';

const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  ':',
  '\t',
  'HTTP/1.1',
  'HTTP/9.9',
  'Content-Length: 5\r\n',
  'Content-Length: -1\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Host: a\r\n',
  'Host: a b<>\r\n',
  'Connection: close\r\n',
  'Connection: upgrade\r\nUpgrade: websocket\r\n',
  'Expect: 100-continue\r\n',
  'Expect: the-unexpected\r\n',
  '\xff\xfe',
  '%',
  'é',
  'A'.repeat(9_000),
  'GET / HTTP/1.1\r\n\r\n',
  '\r\n\r\n',
];

const JSON_HEAD =
  'POST /v1/commands/FollowAccount HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n';
const LINES_HEAD =
  'POST /v1/commands HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\n';
const GET_HEAD = 'GET /v1/policies HTTP/1.1\r\nHost: 127.0.0.1\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n';

/** What no client should send, said as others have said it before. */
const SAYINGS: readonly string[] = [
  `${JSON_HEAD}Content-Length: 1\r\n\r\n{}{}{}`,
  `${JSON_HEAD}Content-Length: 100\r\n\r\n{}`,
  `${JSON_HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  `${JSON_HEAD}Content-Length: 2, 2\r\n\r\n{}`,
  `${JSON_HEAD}Content-Length: 1e1\r\n\r\n{}`,
  `${JSON_HEAD}Content-Length: +2\r\n\r\n{}`,
  `${JSON_HEAD}Content-Length: 99999999999999999999\r\n\r\n{}`,
  `${JSON_HEAD}Content-Length: 0\r\n\r\n`,
  `${JSON_HEAD}Content-Length: 65537\r\nExpect: 100-continue\r\n\r\n`,
  `${JSON_HEAD}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}`,
  `${JSON_HEAD}Content-Length: 2\r\nExpect: a miracle\r\n\r\n{}`,
  `${JSON_HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  `${JSON_HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  `${JSON_HEAD}Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  `${JSON_HEAD}${CHUNKED}zz\r\n{}\r\n0\r\n\r\n`,
  `${JSON_HEAD}${CHUNKED}-2\r\n{}\r\n0\r\n\r\n`,
  `${JSON_HEAD}${CHUNKED}fffffffffffffffff\r\n{}\r\n0\r\n\r\n`,
  `${JSON_HEAD}${CHUNKED}2;ext="${'x'.repeat(20_000)}"\r\n{}\r\n0\r\n\r\n`,
  `${JSON_HEAD}${CHUNKED}2\r\n{}X0\r\n\r\n`,
  `${JSON_HEAD}${CHUNKED}2\r\n{}\r\n0\r\nTrailer: x\r\nContent-Length: 9\r\n\r\n`,
  `${JSON_HEAD}${CHUNKED}0\r\n\r\n`,
  `${JSON_HEAD}${CHUNKED}10000\r\n${'x'.repeat(65_536)}\r\n10000\r\n`,
  `${LINES_HEAD}${CHUNKED}5\r\n{"typ\r\n`,
  `${LINES_HEAD}${CHUNKED}2\r\n{}\r\nnonsense`,
  `${LINES_HEAD}Content-Length: 500\r\n\r\n{"type":"FollowAccount","data":{}}\n{"ty`,
  `${GET_HEAD}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
  `${GET_HEAD}Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n\r\n`,
  `${GET_HEAD}Connection: close, keep-alive\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
  `${GET_HEAD} folded: yes\r\n\tmore\r\n\r\n`,
  `${GET_HEAD}No Colon Here\r\n\r\n`,
  `${GET_HEAD}: nameless\r\n\r\n`,
  `${GET_HEAD}Bad Name: x\r\n\r\n`,
  `${GET_HEAD}X: a\0b\r\n\r\n`,
  `${GET_HEAD}Host: twice\r\n\r\n`,
  `${GET_HEAD}X: ${'y'.repeat(17_000)}\r\n\r\n`,
  `${GET_HEAD}${'a:\r\n'.repeat(5_000)}\r\n`,
  `GET /${'x'.repeat(17_000)} HTTP/1.1\r\n\r\n`,
  `GET /v1/accounts?prefix=${'x'.repeat(14_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  'GET / HTTP/0.9\r\n\r\n',
  'GET /\r\n\r\n',
  'GET  /  HTTP/1.1\r\n\r\n',
  'get / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\n\n',
  'GET / http/1.1\r\n\r\n',
  'GET / HTTP/2.0\r\n\r\n',
  'GET \u00e9\u00ff HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET http:// HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET v1/policies HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET ?x HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: \r\n\r\n',
  'GET / HTTP/1.1\r\nHost: [\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: localhost:99999\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: user@localhost\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: localhost/x?y#z\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'TRACE /v1/policies HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'CONNECT / HTTP/1.1\r\nHost: localhost\r\n\r\nhello',
  'HEAD /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'FOO / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  '*1\r\n$4\r\nPING\r\n',
  '\r\n\r\n\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n',
  '',
  '\0',
  'G',
];

/** Bytes that are nearly HTTP, or not at all. @param real requests to spoil */
export function rawBytes(draw: Draw, real: () => Buffer): Buffer {
  if (draw.chance(0.3)) return Buffer.from(draw.one(SAYINGS), 'latin1');
  let bytes: Buffer = Buffer.concat(Array.from({ length: draw.one([1, 1, 1, 2, 3]) }, real));
  do bytes = spoilt(draw, bytes);
  while (draw.chance(0.4));
  return bytes;
}

function spoilt(draw: Draw, bytes: Buffer): Buffer {
  // Most of what there is to spoil stands in the head.
  const head = Math.max(1, bytes.indexOf('\r\n\r\n') + 4);
  const at = draw.below(draw.chance(0.7) ? head : bytes.length + 1);
  switch (draw.weighted({ flip: 4, drop: 3, token: 5, cut: 2, twice: 1, noise: 1 })) {
    case 'flip': {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = draw.below(256);
      return copy;
    }
    case 'drop':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + draw.between(1, 20))]);
    case 'token':
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(draw.one(TOKENS), 'latin1'),
        bytes.subarray(at),
      ]);
    case 'cut':
      return bytes.subarray(0, at);
    case 'twice':
      return Buffer.concat([bytes.subarray(0, at), bytes]);
    case 'noise':
      return Buffer.from(Array.from({ length: draw.between(1, 200) }, () => draw.below(256)));
  }
}
