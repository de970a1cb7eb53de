import type { ComponentType } from 'react';
import { ActorScreen } from './screens/actor.tsx';
import { ActorsScreen } from './screens/actors.tsx';
import { ConsoleScreen } from './screens/console.tsx';
import { DeadLettersScreen } from './screens/dead-letters.tsx';
import { InstanceScreen } from './screens/instance.tsx';
import { MachineScreen } from './screens/machine.tsx';
import { OverviewScreen } from './screens/overview.tsx';
import { PoliciesScreen } from './screens/policies.tsx';
import { PolicyScreen } from './screens/policy.tsx';
import { TraceScreen } from './screens/trace.tsx';
import { TracesScreen } from './screens/traces.tsx';

/** A screen of the page, and the addresses it has. */
export interface Screen {
  /** Shown in the navigation; `null`: it is reached from others only. */
  readonly title: string | null;
  /** An address below `/inspector`, its parameters as `:name`. */
  readonly pattern: string;
  readonly component: ComponentType<ScreenProps>;
}

/** What a screen gets of its address. */
export interface ScreenProps {
  readonly params: Readonly<Record<string, string>>;
  readonly search: URLSearchParams;
}

/** All screens, in the order of the navigation. A further one is one line here. */
export const screens: readonly Screen[] = [
  { title: 'Overview', pattern: '/', component: OverviewScreen },
  { title: null, pattern: '/machines/:kind/:name', component: MachineScreen },
  { title: 'Actors', pattern: '/actors', component: ActorsScreen },
  { title: null, pattern: '/actors/:type/:id', component: ActorScreen },
  { title: 'Traces', pattern: '/traces', component: TracesScreen },
  { title: null, pattern: '/traces/:correlationId', component: TraceScreen },
  { title: 'Policies', pattern: '/policies', component: PoliciesScreen },
  { title: null, pattern: '/policies/:name', component: PolicyScreen },
  { title: null, pattern: '/policies/:name/instances/:id', component: InstanceScreen },
  { title: 'Dead letters', pattern: '/dead-letters', component: DeadLettersScreen },
  { title: 'Console', pattern: '/console', component: ConsoleScreen },
  { title: null, pattern: '/console/:command', component: ConsoleScreen },
];

/** The screen that an address is of; `null`: of none. */
export function screenOf(address: string): { screen: Screen; props: ScreenProps } | null {
  const mark = address.indexOf('?');
  const path = mark === -1 ? address : address.slice(0, mark);
  const search = mark === -1 ? '' : address.slice(mark);
  for (const screen of screens) {
    const params = paramsOf(screen.pattern, path);
    if (params) return { screen, props: { params, search: new URLSearchParams(search) } };
  }
  return null;
}

function paramsOf(pattern: string, path: string): Record<string, string> | null {
  const [wanted, found] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== found.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const is = found[index] ?? '';
    const value = part.startsWith(':') ? decoded(is) : null;
    if (value) params[part.slice(1)] = value;
    else if (part !== is) return null;
  }
  return params;
}

/** `null` for what no text was written as. */
function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
