// What whoever runs the tests decides, in place of the tests: where folders are made, and when they are kept. A CI job
// sets it for tests that know nothing of it. Not here: what a test says itself, which goes before it.
import {HlError} from '../model/errors.ts'
import {keeps, type Keep} from './measure-options.ts'

export interface TestEnvironment {
  /** HL_RUNS; `.hl/runs` unless set. */
  readonly runs: string
  /** HL_KEEP; `failed` unless set. */
  readonly keep: Keep
}

/** CONFIG_INVALID. */
export function testEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): TestEnvironment {
  const {HL_RUNS: runs = '', HL_KEEP: wanted = ''} = variables
  const keep = wanted === '' ? 'failed' : keeps.find(one => one === wanted)
  if (keep === undefined)
    throw new HlError('CONFIG_INVALID', `HL_KEEP=${wanted} is none of ${keeps.join(', ')}`, {
      next: ['unset HL_KEEP', 'HL_KEEP=always keeps the folder of every measurement'],
    })
  return {runs: runs === '' ? '.hl/runs' : runs, keep}
}
