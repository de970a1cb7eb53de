import { useState } from 'react';
import { page } from '../store.ts';

/** Asks for the token that the server wants. */
export function Gate() {
  const [token, setToken] = useState('');
  return (
    <form
      className="gate"
      onSubmit={(event) => {
        event.preventDefault();
        page.trigger.tokenGiven({ token: token.trim() });
      }}
    >
      <h1>This server asks for credentials</h1>
      <p>Give one of its AUTH_TOKENS, or a JSON web token. It is kept until this tab is closed.</p>
      <label>
        Token
        <input
          type="password"
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
      </label>
      <button type="submit" disabled={token.trim() === ''}>
        Go on
      </button>
    </form>
  );
}
