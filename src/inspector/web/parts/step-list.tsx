import { HISTORY_STEPS_MAX, type HistoryStep } from '../../protocol.ts';
import type { Travel } from '../use-travel.ts';
import { Column, NumberCell } from './column.tsx';
import { EndingButton } from './ending-button.tsx';
import { number } from './figure.tsx';
import { Link } from './link.tsx';
import { Outcome } from './step-detail.tsx';
import { When } from './when.tsx';

/** A page of an actor's steps, newest first. */
export function StepList(props: {
  readonly travel: Travel;
  /** The address of the screen at a step. */
  readonly hrefOf: (position: string) => string;
}) {
  const { travel, hrefOf } = props;
  const { page, extent, chosen, turnTo } = travel;
  if (page === null || extent === null) return null;
  const first = extent.total - page.number * HISTORY_STEPS_MAX;
  const isLast = first - page.steps.length <= extent.total - (extent.kept ?? extent.total);
  return (
    <section aria-labelledby="steps">
      <div className="list-head">
        <h2 id="steps">Steps</h2>
        {extent.total > HISTORY_STEPS_MAX && (
          <div className="moves">
            <EndingButton isEnd={page.number === 0} onGo={() => turnTo(page.number - 1)}>
              Newer page
            </EndingButton>
            <EndingButton isEnd={isLast} onGo={() => turnTo(page.number + 1)}>
              Older page
            </EndingButton>
            <span className="place">
              {number(first - page.steps.length + 1)} to {number(first)} of {number(extent.total)}
            </span>
          </div>
        )}
      </div>
      {extent.isTrimmed && isLast && (
        <p className="note">What was before these steps was trimmed.</p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it can be scrolled */}
      <section className="steps" aria-label="Steps of this page" tabIndex={0} data-scrolls>
        <table className="stacked">
          <thead>
            <tr>
              <Column>Step</Column>
              <th scope="col">Command</th>
              <th scope="col">Outcome</th>
              <th scope="col">Events</th>
              <th scope="col">Sent by</th>
              <th scope="col">At</th>
            </tr>
          </thead>
          <tbody>
            {page.steps.map((step, index) => (
              <Row
                key={step.position}
                step={step}
                place={first - index}
                to={hrefOf(step.position)}
                isChosen={step.position === chosen?.step.position}
              />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Row(props: {
  readonly step: HistoryStep;
  /** Among all steps: 1 is the oldest. */
  readonly place: number;
  readonly to: string;
  readonly isChosen: boolean;
}) {
  const { step, place, to, isChosen } = props;
  return (
    <tr aria-current={isChosen ? 'step' : undefined}>
      <NumberCell of="Step">{number(place)}</NumberCell>
      <td data-label="Command">
        <Link to={to}>{step.command}</Link>
      </td>
      <td data-label="Outcome">
        <Outcome step={step} />
      </td>
      <td data-label="Events">{step.events.join(', ')}</td>
      <td className="id" data-label="Sent by">
        {step.principal}
      </td>
      <td data-label="At">
        <When at={step.at} />
      </td>
    </tr>
  );
}
