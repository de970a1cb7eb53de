import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { OrderedOutput } from '../../src/http/batch/output.ts';

describe('ordered output', () => {
  it('writes lines in the order of their places', async () => {
    const output = new OrderedOutput();
    const places = [output.reserve(), output.reserve(), output.reserve()];
    for (const place of [...places].reverse()) output.set(place, `line ${place}`);
    const written = text(output.body);
    while (!output.isDone) await output.change();
    output.close();
    expect(await written).toBe('line 0\nline 1\nline 2\n');
  });

  it('keeps nobody waiting once its reader is gone', async () => {
    const output = new OrderedOutput();
    output.reserve();
    const room = output.room(1);
    await output.body.cancel();
    await room;
    expect(output.isGone).toBe(true);
    expect(output.isDone).toBe(true);
  });
});
