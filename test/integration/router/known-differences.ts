// Skips, with its reason, each test that an implementation is known not to pass. For tests only.
import {beforeEach} from 'vitest'
import type {Implementation} from './implementations.ts'

/** Registers itself in the calling describe. */
export function skipDifferences({differences}: Pick<Implementation, 'differences'>): void {
  beforeEach(({task, skip}) => {
    const reason = differences[task.name]
    if (reason !== undefined) skip(reason)
  })
}
