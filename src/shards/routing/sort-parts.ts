// One key of ORDER BY: nulls stand last when it ascends and first when it descends, unless it says otherwise. Pure.
import {unsupported} from './refusal.ts'
import {bodyOf, textIn} from './tree-node.ts'

export interface SortParts {
  readonly expression: unknown
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/** Throws UNSUPPORTED for USING. */
export function sortParts(item: unknown): SortParts {
  const body = bodyOf(item, 'SortBy') ?? {}
  const direction = textIn(body, 'sortby_dir')
  if (direction === 'SORTBY_USING') throw unsupported('ORDER BY … USING over several shards', 'use ASC or DESC')
  const descending = direction === 'SORTBY_DESC'
  const nulls = textIn(body, 'sortby_nulls')
  const nullsFirst = nulls === 'SORTBY_NULLS_FIRST' || (nulls !== 'SORTBY_NULLS_LAST' && descending)
  return {expression: body['node'], descending, nullsFirst}
}
