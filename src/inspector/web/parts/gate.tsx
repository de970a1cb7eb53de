import { useSelector } from '@xstate/store-react';
import { useEffect, useRef, useState } from 'react';
import { page } from '../store.ts';

/** Asks for the token that the server wants. */
export function Gate() {
  const [token, setToken] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const wasRefused = useSelector(page, ({ context }) => context.token !== null);
  return (
    <form
      className="gate"
      onSubmit={(event) => {
        event.preventDefault();
        page.trigger.tokenGiven({ token: token.trim() });
      }}
    >
      <h1>This server asks for credentials</h1>
      <p>
        Enter one of its <code>AUTH_TOKENS</code>, or a JSON Web Token. It is kept until this tab is
        closed.
      </p>
      {wasRefused && (
        <p className="problem" role="alert">
          The server did not take the token that was given.
        </p>
      )}
      <label>
        Token
        <input
          ref={field}
          type="password"
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
      </label>
      <button type="submit" className="primary" disabled={token.trim() === ''}>
        Continue
      </button>
    </form>
  );
}
