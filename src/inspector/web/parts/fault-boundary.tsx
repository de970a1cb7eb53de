import { Component, type ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
}

/** Where a screen cannot be drawn, says so in its place: the rest of the page goes on. */
export class FaultBoundary extends Component<Props, { readonly hasFault: boolean }> {
  override state = { hasFault: false };

  static getDerivedStateFromError(): { readonly hasFault: boolean } {
    return { hasFault: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFault) return this.props.children;
    return (
      <section>
        <h1>This screen has a fault</h1>
        <p className="problem" role="alert">
          It could not be drawn. The browser's console says why. The other screens go on.
        </p>
        <button type="button" onClick={() => this.setState({ hasFault: false })}>
          Try again
        </button>
      </section>
    );
  }
}
