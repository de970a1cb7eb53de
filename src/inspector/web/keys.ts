/** A key, or keys one after another, and what they do. */
export interface KeyHelp {
  readonly keys: readonly string[];
  readonly does: string;
}

/** The letter after `g`, and the address it leads to. */
export const PLACES: Readonly<Record<string, { readonly address: string; readonly name: string }>> =
  {
    o: { address: '/', name: 'overview' },
    a: { address: '/actors', name: 'actors' },
    t: { address: '/traces', name: 'traces' },
    p: { address: '/policies', name: 'policies' },
    d: { address: '/dead-letters', name: 'dead letters' },
    c: { address: '/console', name: 'console' },
  };

/** What the keys do, by where they do it. */
export const KEYS: readonly { readonly where: string; readonly keys: readonly KeyHelp[] }[] = [
  {
    where: 'Everywhere',
    keys: [
      { keys: ['?'], does: 'shows the keys' },
      ...Object.entries(PLACES).map(([letter, { name }]) => ({
        keys: ['g', letter],
        does: `goes to the ${name}`,
      })),
      { keys: ['/'], does: 'goes to the search of a screen' },
    ],
  },
  {
    where: 'Actors',
    keys: [
      { keys: ['j', 'k'], does: 'go down and up' },
      { keys: ['Enter'], does: 'opens the actor' },
    ],
  },
  {
    where: 'One actor',
    keys: [
      { keys: ['[', '←'], does: 'a step back in its history' },
      { keys: [']', '→'], does: 'a step forward' },
      { keys: ['Home'], does: 'its first step' },
      { keys: ['Esc', 'End'], does: 'back to now' },
    ],
  },
  {
    where: 'Charts',
    keys: [
      { keys: ['Enter'], does: 'tells all of a state or an arrow' },
      { keys: ['+', '-'], does: 'larger, and smaller' },
      { keys: ['0'], does: 'as large as fits, and can be read' },
    ],
  },
  {
    where: 'Console',
    keys: [
      { keys: ['Enter'], does: 'asks whether it would be accepted' },
      { keys: ['Ctrl+Enter'], does: 'sends it' },
    ],
  },
];
