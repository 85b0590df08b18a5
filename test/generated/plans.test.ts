// Plans of restores against an oracle: what can be reached is planned, what cannot is refused, and nothing else.
import {describe, expect, it} from 'vitest'
import {planRestore} from '../../src/backup/restore/plan-restore.ts'
import {HlError} from '../../src/model/errors.ts'
import {drawArchive, lsnOf} from './archives.ts'
import {chanceOf} from './chance.ts'

/** Those in which a newer backup needs WAL that an older one does not, and some more. */
const seeds = [265, 606, 614, 664, ...Array.from({length: 36}, (_, seed) => seed)]

/** null: it is planned. Anything but a refusal that a person can read is thrown. */
function refusalOf(listing: Parameters<typeof planRestore>[0], timeline: number, quarter: number): string | null {
  try {
    planRestore(listing, {kind: 'lsn', lsn: lsnOf(quarter), inclusive: false}, {timeline})
    return null
  } catch (error) {
    if (error instanceof HlError && ['TARGET_UNREACHABLE', 'ARCHIVE_GAP'].includes(error.code)) return error.message
    throw error
  }
}

describe('plans of random archives', () => {
  it('are made where a backup and WAL lead to the target, and nowhere else', () => {
    const wrong = seeds.flatMap(seed => {
      const chance = chanceOf(seed)
      const {listing, timelines, end, canReach} = drawArchive(chance)
      const all = Array.from({length: end + 2}, (_, quarter) => quarter)
      return timelines.flatMap(timeline =>
        chance.some(all, 12).flatMap(quarter => {
          const refused = refusalOf(listing, timeline, quarter)
          const can = canReach(timeline, quarter)
          if (can === null || can === (refused === null)) return []
          return [
            `seed ${seed}, timeline ${timeline}, quarter ${quarter}: ${refused ?? 'planned, and nothing leads there'}`,
          ]
        }),
      )
    })
    expect(wrong.slice(0, 20)).toEqual([])
  })

  it('are looked for where both happens', () => {
    const all = seeds.flatMap(seed => {
      const {timelines, end, canReach} = drawArchive(chanceOf(seed))
      return timelines.flatMap(timeline => Array.from({length: end}, (_, quarter) => canReach(timeline, quarter)))
    })
    const share = all.filter(Boolean).length / all.length
    expect(share).toBeGreaterThan(0.1)
    expect(share).toBeLessThan(0.9)
  })
})
