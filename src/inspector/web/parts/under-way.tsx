import type { ReactNode } from 'react';
import type { UnderWay } from '../../protocol.ts';
import { lettersAt, policyAt, traceAt } from '../addresses.ts';
import { wordOf } from '../words.ts';
import { ActorLink } from './actor-link.tsx';
import { Due } from './due.tsx';
import { number } from './figure.tsx';
import { InstanceLink } from './instance-link.tsx';
import { Link } from './link.tsx';
import { MessageType } from './message-type.tsx';
import { When } from './when.tsx';
import '../style/under-way.css';

/** What stands beside an item, where the screen says the rest. */
interface ItemProps<Item extends UnderWay> {
  readonly item: Item;
  /** What the clock says that things are due by; `null`: it is not known. */
  readonly now: string | null;
  /** All of these are of one instance, which the screen is about. */
  readonly isOfOne?: boolean;
  /** All of these are of one trace, which the screen is about. */
  readonly isOfOneTrace?: boolean;
}

/** What has not come to its end, one by one. */
export function UnderWayList<Item extends UnderWay>(props: {
  readonly items: readonly Item[];
  readonly now: string | null;
  readonly isOfOne?: boolean;
  readonly isOfOneTrace?: boolean;
  /** More of an item. */
  readonly more?: (item: Item) => ReactNode;
}) {
  const { items, now, isOfOne = false, isOfOneTrace = false, more } = props;
  return (
    <ul className="under-way">
      {items.map((item) => (
        <li key={keyOf(item)} className={item.stage}>
          <UnderWayLine item={item} now={now} isOfOne={isOfOne} isOfOneTrace={isOfOneTrace} />
          {more?.(item)}
        </li>
      ))}
    </ul>
  );
}

/** Tells an item from all others, though its instance may be masked. */
function keyOf({ what, stage, policy, instance, id, cause }: UnderWay): string {
  return [what, stage, policy, instance, id, cause].join(' ');
}

function UnderWayLine<Item extends UnderWay>(props: ItemProps<Item>) {
  const { item, now, isOfOne, isOfOneTrace } = props;
  const { what, stage, policy, instance, type, target, ref, attempts, at, dueAt, error } = item;
  return (
    <>
      <p>
        <b>{wordOf(item)}</b>: {what} <MessageType type={type} />
        {target && (
          <>
            {' to '}
            <ActorLink actor={target} />
          </>
        )}
        {ref !== null && (
          <>
            {', as '}
            <span className="id">“{ref}”</span>
          </>
        )}
      </p>
      <p className="about">
        {what === 'timer' ? (
          <span>
            due {now === null ? <When at={at} /> : <Due at={at} now={now} />}
            {now !== null && (
              <>
                {', '}
                <When at={at} />
              </>
            )}
          </span>
        ) : (
          <span>
            since <When at={at} />
          </span>
        )}
        {attempts > 0 && (
          <span>
            {number(attempts)} failed {attempts === 1 ? 'attempt' : 'attempts'}
          </span>
        )}
        {stage === 'retrying' && dueAt !== null && now !== null && (
          <span>
            next try <Due at={dueAt} now={now} />
          </span>
        )}
        {!isOfOne && (
          <span>
            policy <Link to={policyAt(policy)}>{policy}</Link>
            {instance !== '' && (
              <>
                {', instance '}
                <InstanceLink policy={policy} id={instance} />
              </>
            )}
          </span>
        )}
        {!isOfOneTrace && <Link to={traceAt(item.correlationId)}>Trace</Link>}
        {stage === 'dead' && !isOfOne && <Link to={lettersAt({ policy })}>Dead letters</Link>}
      </p>
      {error !== null && <p className="error">{error}</p>}
    </>
  );
}
