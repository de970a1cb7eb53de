import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../src/http/batch/lines.ts';

describe('the cutting of lines', () => {
  it('does not depend on where chunks end', () => {
    const text = 'one\n\ntwo\r\n  \nthree and more\nlast';
    const expected = ['one', 'two\r', 'three and more', 'last'];
    for (let size = 1; size <= text.length; size++) {
      const splitter = new LineSplitter(100);
      const lines: string[] = [];
      for (let start = 0; start < text.length; start += size) {
        const chunk = Buffer.from(text.slice(start, start + size));
        lines.push(...splitter.push(chunk).map(String));
      }
      lines.push(...splitter.end().map(String));
      expect(lines).toEqual(expected);
    }
  });

  it('keeps nothing of a line that is too long', () => {
    const splitter = new LineSplitter(5);
    expect(splitter.push(Buffer.from('12345\n1234'))).toEqual([Buffer.from('12345')]);
    expect(splitter.push(Buffer.from('56'))).toEqual([]);
    expect(splitter.push(Buffer.from('7\nab\n'))).toEqual(['too long', Buffer.from('ab')]);
    expect(splitter.push(Buffer.from('123456'))).toEqual([]);
    expect(splitter.end()).toEqual(['too long']);
  });
});
