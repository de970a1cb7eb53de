import { useRef, useState } from 'react';

/** A text with a button that copies it; where the browser does not let it, the text is selected. */
export function CopyText({ text, label }: { readonly text: string; readonly label: string }) {
  const shown = useRef<HTMLTextAreaElement>(null);
  const [said, setSaid] = useState({ of: '', text: '' });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid({ of: text, text: 'Copied' });
    } catch {
      shown.current?.select();
      setSaid({ of: text, text: 'Selected: copy it by the keyboard' });
    }
  };
  return (
    <div className="copy">
      <textarea
        ref={shown}
        className="code"
        aria-label="Text to copy"
        readOnly
        rows={text.split('\n').length + 1}
        value={text}
      />
      <button type="button" onClick={() => void copy()}>
        {label}
      </button>{' '}
      <span role="status">{said.of === text && said.text}</span>
    </div>
  );
}
