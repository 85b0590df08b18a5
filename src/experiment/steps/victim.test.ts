import {expect, it} from 'vitest'
import {onlyTheTable, otherRelations, readVictim} from './victim.ts'

it.each([
  ['nothing else', ['hl.ledger in 1'], 'pass'],
  ['a table of another name too', ['hl.ledger in 1', 'hl.other in 2'], 'fail'],
  ['less than there was', [], 'fail'],
  ['a table written anew', ['hl.ledger in 3'], 'fail'],
] as const)('a table that is brought back brings %s', (_what, after, verdict) =>
  expect(onlyTheTable(['hl.ledger in 1'], after).verdict).toBe(verdict),
)

it('other relations are those that the server tells, none where it tells none', async () => {
  expect(await otherRelations(async () => Promise.resolve('hl.a in 1, hl.b in 2'))).toEqual(['hl.a in 1', 'hl.b in 2'])
  expect(await otherRelations(async () => Promise.resolve(null))).toEqual([])
})

it('the victim is read from its own pages: an index could answer a count', async () => {
  const asked: string[] = []
  await readVictim(async text => Promise.resolve(void asked.push(text)).then(() => null))
  expect(asked).toEqual([expect.not.stringContaining('count(')])
})
