import {describe, expect, it} from 'vitest'
import {awaitStandbys} from './await-standbys.ts'
import {defaultMoveLimits} from './hold-move.ts'
import type {MoveProgress, MoveSide} from './move-context.ts'

/** A server that names, at each look, who has not got the switch. */
const serverOf = (looks: readonly (readonly string[])[]): {readonly side: MoveSide; readonly asked: () => number} => {
  let asked = 0
  const rows = async (text: string): Promise<readonly object[]> => {
    if (text.includes('pg_current_wal_flush_lsn')) return [{lsn: '0/10'}]
    return [{names: JSON.stringify(looks[asked++] ?? looks.at(-1))}]
  }
  const side = {role: 'destination', server: {name: 's2'}, session: {rows}, version: 170_000} as unknown as MoveSide
  return {side, asked: () => asked}
}

describe('a shard that has just taken groups', () => {
  it('is waited for until each of its standbys has the switch', async () => {
    const {side, asked} = serverOf([['s2_pg2', 's2_pg3'], ['s2_pg3'], []])
    const told: MoveProgress[] = []
    await awaitStandbys({limits: defaultMoveLimits, tell: one => told.push(one)}, side)
    expect([asked(), told]).toEqual([3, []])
  })

  it('is not waited for longer than an answer may take, and the standby is named', async () => {
    const {side} = serverOf([['s2_pg2']])
    const told: MoveProgress[] = []
    await awaitStandbys({limits: {...defaultMoveLimits, replyMs: 0}, tell: one => told.push(one)}, side)
    expect(told).toMatchObject([{kind: 'warning', message: expect.stringContaining('s2_pg2 of s2') as string}])
  })
})
