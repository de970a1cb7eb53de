/** Tests of one's own app with the kit, run by Node itself. */
import { test } from 'node:test';
import { coverApp, createTestWorld, invalid, runPath, testKit } from 'everstate/testing';
import { app } from './counter.ts';

const count = (by: number) => ({ type: 'Count', data: { counterId: 'visits', by } });
const { given, when } = testKit(app);

test('a counter counts', () => {
  given(count(2), count(3))
    .when(count(4))
    .then({ type: 'Counted', data: { total: 9 } });
  when(count(0)).then(invalid('by'));
});

const { paths, coverage } = coverApp(app);

test('every transition is taken', () => coverage.mustBeComplete());

for (const [number, path] of paths.entries()) {
  test(path.name, async () => {
    const world = await createTestWorld(app);
    await runPath(path, world.asSystem(), `x${number}`);
  });
}
