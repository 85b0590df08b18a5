import {expect, it} from 'vitest'
import {checkVictim, onlyTheTable, otherRelations, readVictim} from './victim.ts'

it.each([
  ['nothing else', ['hl.ledger in 1'], 'pass'],
  ['a table of another name too', ['hl.ledger in 1', 'hl.other in 2'], 'fail'],
  ['less than there was', [], 'fail'],
  ['a table written anew', ['hl.ledger in 3'], 'fail'],
] as const)('a table that is brought back brings %s', (_what, after, verdict) =>
  expect(onlyTheTable(['hl.ledger in 1'], after).verdict).toBe(verdict),
)

it('nothing that was listed says nothing', () => expect(onlyTheTable([], []).verdict).toBe('unknown'))

it('other relations are those that the server tells, none where it tells none', async () => {
  expect(await otherRelations(async () => Promise.resolve('hl.a in 1, hl.b in 2'))).toEqual(['hl.a in 1', 'hl.b in 2'])
  expect(await otherRelations(async () => Promise.resolve(null))).toEqual([])
})

it('the victim is read from its own pages: an index could answer a count', async () => {
  const asked: string[] = []
  await readVictim(async text => Promise.resolve(void asked.push(text)).then(() => null))
  expect(asked).toEqual([expect.not.stringContaining('count(')])
})

const refusing = (message: string, code?: string) => async () =>
  Promise.reject(Object.assign(new Error(message), code === undefined ? {} : {code}))

it.each([
  ['is as it was', async () => Promise.resolve('20000 rows, 1400070000 in all, 20000 open'), 'pass'],
  ['has other rows', async () => Promise.resolve('20000 rows, 0 in all, 0 open'), 'fail'],
  ['is not there', refusing('relation "hl.victim" does not exist', '42P01'), 'fail'],
  ['cannot be read', refusing('invalid page in block 3 of relation base/1/2', 'XX001'), 'fail'],
  ['cannot be reached', refusing('connect ECONNREFUSED 10.0.0.1:5432', 'ECONNREFUSED'), 'unknown'],
  ['gave no answer in time', refusing('Query read timeout'), 'unknown'],
  ['is of a server that goes down', refusing('terminating connection', '57P01'), 'unknown'],
] as const)('a victim that %s is judged so', async (_what, sql, verdict) =>
  expect(await checkVictim(sql)).toMatchObject({name: 'victim-intact', verdict}),
)
