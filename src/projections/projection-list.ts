import { balances } from './balances.ts';
import { dailyBalances } from './daily-balances.ts';
import type { Projection, ProjectionName } from './projection.ts';
import { statements } from './statements.ts';
import { transferTimeline } from './transfer-timeline.ts';
import { transfers } from './transfers.ts';

/** Every projection there is. */
export const projections: readonly Projection[] = [
  balances,
  statements,
  dailyBalances,
  transferTimeline,
  transfers,
];

/** The projection of this name. */
export function projectionOf(name: ProjectionName): Projection {
  const projection = projections.find((candidate) => candidate.name === name);
  if (projection === undefined) throw new Error(`there is no projection ${name}`);
  return projection;
}
