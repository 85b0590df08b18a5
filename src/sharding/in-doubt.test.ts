import {describe, expect, it} from 'vitest'
import {HlError} from '../model/errors.ts'
import type {InDoubt} from '../shards/index.ts'
import {checkDecisions, decisionsFrom, needsPerson, plannedFor} from './in-doubt.ts'

const part = (id: string, verdict: InDoubt['do']): InDoubt => ({
  gid: `${id}:s2`,
  id,
  shard: 's2',
  coordinator: 's1',
  preparedAt: new Date(0),
  owner: 'hl_app',
  do: verdict,
  why: 'so it is',
  preparedOn: ['s2'],
  committedOn: [],
  notAsked: [],
})
const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'none'
  } catch (error) {
    return error instanceof HlError ? error.code : 'other'
  }
}

describe('a decision', () => {
  it.each<[InDoubt['do'], string]>([
    ['in-doubt', 'none'],
    ['commit', 'TRANSACTION_UNKNOWN'],
    ['roll-back', 'TRANSACTION_UNKNOWN'],
    ['wait', 'TRANSACTION_UNKNOWN'],
  ])('about a transaction that is %s: %s', (verdict, code) =>
    expect(codeOf(() => checkDecisions([part('a', verdict)], {a: 'commit'}))).toBe(code),
  )
  it('about one that is not there is refused', () =>
    expect(codeOf(() => checkDecisions([part('a', 'in-doubt')], {b: 'commit'}))).toBe('TRANSACTION_UNKNOWN'))
  it('is taken from either flag, and not from both', () => {
    expect(decisionsFrom(['a'], ['b'])).toEqual({a: 'commit', b: 'roll-back'})
    expect(codeOf(() => decisionsFrom(['a'], ['a']))).toBe('USAGE')
  })
})

it.each<[InDoubt['do'], 'commit' | 'roll-back' | null, string]>([
  ['commit', null, 'would-commit'],
  ['commit', 'roll-back', 'would-commit'],
  ['roll-back', null, 'would-roll-back'],
  ['in-doubt', null, 'would-stay'],
  ['in-doubt', 'commit', 'would-commit'],
  ['in-doubt', 'roll-back', 'would-roll-back'],
  ['wait', 'commit', 'would-stay'],
])('%s, decided %s: %s', (verdict, decided, done) =>
  expect(plannedFor(part('a', verdict), decided === null ? {} : {a: decided}).done).toBe(done),
)

it.each<[InDoubt['do'], boolean]>([
  ['in-doubt', true],
  ['wait', false],
  ['commit', false],
])('what is %s needs a person: %s', (verdict, needs) =>
  expect(needsPerson({lab: 'l', mapId: 'm', notAsked: [], parts: [plannedFor(part('a', verdict), {})]})).toBe(needs),
)
