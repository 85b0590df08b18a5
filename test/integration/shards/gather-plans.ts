// Plans as the planner would make them, and raw values, for tests of gathering. For tests only.
import type {CustomTypesConfig} from 'pg'
import type {GatherPlan, Order, SortKey} from '../../../src/shards/routing/gather-plan.ts'

/** Nothing but all rows, in no order. */
export const allRows: GatherPlan = {
  sort: [],
  combine: null,
  distinct: false,
  distinctKeys: [],
  hidden: 0,
  limit: null,
  offset: 0,
}

/** ASC NULLS LAST, unless told otherwise. */
export function key(column: number, order: Order, more: Partial<SortKey> = {}): SortKey {
  return {column, descending: false, nullsFirst: false, order, ...more}
}

/** Values as the server wrote them. */
export const asTexts: CustomTypesConfig = {getTypeParser: () => (text: unknown) => text}

export async function allOf<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const row of rows) all.push(row)
  return all
}
