import {describe, expect, it} from 'vitest'
import {chanceOf} from './chance.ts'
import {classOf, drawDamage, fileClasses, type StoredFile} from './damage.ts'

const files: readonly StoredFile[] = [
  ...['1', '2', '3'].flatMap(end => [
    {path: `wal/00000001000000000000000${end}`, bytes: 16_777_216},
    {path: `wal/.00000001000000000000000${end}.sum`, bytes: 70},
  ]),
  {path: 'wal/00000002.history', bytes: 40},
  {path: 'wal/000000010000000000000002.00000028.backup', bytes: 300},
  ...['20260101T000000-full', '20260101T000001-incremental'].flatMap(id => [
    {path: `backups/${id}/backup.json`, bytes: 900},
    {path: `backups/${id}/data/backup_manifest`, bytes: 200_000},
    {path: `backups/${id}/data/base/1/1259`, bytes: 106_496},
    {path: `backups/${id}/data/pg_wal/000000010000000000000002`, bytes: 16_777_216},
  ]),
  {path: 'backups/20260101T000002-logical/data/globals.sql', bytes: 2_000},
]
const drawn = Array.from({length: 600}, (_, seed) => drawDamage(chanceOf(seed), files))

describe('damage', () => {
  it('is of every class of files, and of every kind', () => {
    const classes = new Set(drawn.flatMap(({paths}) => paths.map(classOf)))
    expect([...classes].toSorted()).toEqual(fileClasses.filter(name => name !== 'other').toSorted())
    expect(new Set(drawn.flatMap(({ops}) => ops.map(({op}) => op))).size).toBe(8)
  })

  it('is the same for the same seed, within its file, and names what it touches', () => {
    for (const [seed, damage] of drawn.entries()) {
      expect(drawDamage(chanceOf(seed), files)).toEqual(damage)
      for (const op of damage.ops) {
        const bytes = files.find(({path}) => path === op.path)?.bytes ?? -1
        expect(damage.paths).toContain(op.path)
        if ('at' in op) expect(op.at + ('bytes' in op ? op.bytes : 1)).toBeLessThanOrEqual(bytes)
        if (op.op === 'cut') expect(op.to).toBeLessThan(bytes)
        if (op.op === 'swap') expect(damage.paths).toContain(op.with)
      }
    }
  })

  it('must be found where a hash was kept of it, and not beside that', () => {
    const must = new Set(drawn.filter(({mustFind}) => mustFind).flatMap(({paths}) => paths))
    expect([...must].some(path => path.includes('pg_wal'))).toBe(false)
    expect([...must].map(classOf)).toEqual(expect.arrayContaining(['segment', 'manifest', 'base']))
  })
})
