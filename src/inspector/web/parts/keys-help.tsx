import type { Ref } from 'react';
import { KEYS } from '../keys.ts';

/** The list of keys, shown over the page when it is asked for. */
export function KeysHelp({ dialog }: { readonly dialog: Ref<HTMLDialogElement> }) {
  return (
    // What is typed here is none of the screen's.
    <dialog
      ref={dialog}
      className="keys"
      aria-labelledby="keys-title"
      onKeyDown={(event) => event.stopPropagation()}
    >
      <form method="dialog">
        <h2 id="keys-title">Keys</h2>
        <button type="submit">Close</button>
      </form>
      {KEYS.map(({ where, keys }) => (
        <section key={where}>
          <h3>{where}</h3>
          <dl>
            {keys.map(({ keys: pressed, does }) => (
              <div key={does}>
                <dt>
                  {pressed.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </dialog>
  );
}
