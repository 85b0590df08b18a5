import {describe, expect, it} from 'vitest'
import {drillBackup} from '../../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../../test/fakes/fake-cluster.ts'
import {HlError} from '../../model/errors.ts'
import type {ExecResult} from '../../model/ports.ts'
import {defaultSettings} from '../../model/topology.ts'
import {startOfProgress} from '../progress.ts'
import {Redundancy} from '../redundancy.ts'
import {UndoStack} from '../undo-stack.ts'
import type {CheckedBackup, World} from '../world.ts'
import {backupDuringFailover, checkCatalog} from './backup-during-failover.ts'
import type {StepContext} from './step-kind.ts'

const listed = (...ids: readonly string[]): readonly CheckedBackup[] => ids.map(id => ({id, ok: true, detail: ''}))

describe('the catalog after a failover during a backup', () => {
  const completed = {before: ['a'], outcome: {id: 'b'}, next: {id: 'c'}, listed: listed('c', 'b', 'a')}
  const failed = {before: ['a'], outcome: {failure: 'the timeline changed'}, next: {id: 'c'}, listed: listed('c', 'a')}
  it.each([
    ['is sound when the backup was completed', completed, 'pass', 'is whole'],
    ['is sound when the backup failed and is not listed', failed, 'pass', 'failed by name'],
    [
      'lists half a backup under a name',
      {...failed, listed: listed('c', 'b', 'a')},
      'fail',
      'b is listed, and no backup of that name was completed',
    ],
    [
      'lists a backup that is not what its manifest says',
      {...completed, listed: [...listed('c', 'a'), {id: 'b', ok: false, detail: 'a file is missing'}]},
      'fail',
      'b is listed and is not whole: a file is missing',
    ],
    ['has lost one', {...completed, listed: listed('c', 'a')}, 'fail', 'b was completed and is not listed'],
    [
      'takes no more',
      {...failed, next: {failure: 'no standby'}, listed: listed('a')},
      'fail',
      'the next backup failed: no standby',
    ],
  ] as const)('%s', (_what, seen, verdict, detail) =>
    expect(checkCatalog(seen)).toMatchObject({
      name: 'backups-whole',
      verdict,
      detail: expect.stringContaining(detail) as string,
    }),
  )
})

/** A backup of pg3 that copies files from `fromMs` to `toMs` after it was begun, and then has the outcome. */
function drill({
  fromMs = 800,
  toMs = 6_000,
  outcome = 'fails',
}: {readonly fromMs?: number; readonly toMs?: number; readonly outcome?: 'fails' | 'is whole'} = {}) {
  const clock = new FakeClock()
  let begunMs: number | null = null
  class Copying extends FakeCluster {
    override async exec(member?: string): Promise<ExecResult> {
      const forMs = begunMs === null ? -1 : clock.nowMs() - begunMs
      return {exitCode: 0, stdout: member === 'pg3' && forMs >= fromMs && forMs < toMs ? '1\n' : '0\n', stderr: ''}
    }
  }
  const cluster = new Copying(clock)
  const ids = ['first']
  const world = {
    cluster,
    clock,
    emit: () => undefined,
    recovery: {
      checkBackups: async () => listed(...ids),
      takeBackup: async (_kind: string, {rate}: {readonly rate?: string}) => {
        if (rate !== undefined) {
          begunMs = clock.nowMs()
          await clock.wait(toMs + 100)
          if (outcome === 'fails') throw new HlError('BACKUP_FAILED', 'the timeline changed', {next: ['again']})
        }
        ids.push(rate === undefined ? 'next' : 'hit')
        return drillBackup(ids.at(-1) ?? '')
      },
    },
  }
  const progress = startOfProgress()
  const stack = new UndoStack(clock)
  // Nothing else of the world is asked.
  const context = {
    world: world as unknown as World,
    progress,
    stack,
    redundancy: new Redundancy({cluster, settings: defaultSettings}, world, stack),
    signal: new AbortController().signal,
    deadlineMs: 900_000,
    see: () => undefined,
  } as unknown as StepContext
  return {
    cluster,
    stack,
    found: progress.verification,
    done: clock.run(backupDuringFailover.run({kind: 'backup-during-failover'}, context)),
  }
}

describe('the primary is killed in the middle of a backup', () => {
  it.each([
    ['fails', 'the backup failed: the timeline changed; after the failover: next was completed'],
    ['is whole', 'hit was completed; after the failover: next was completed'],
  ] as const)('that %s', async (outcome, detail) => {
    const {cluster, found, done} = drill({outcome})
    expect(await done).toBe(detail)
    expect(found.map(({verdict}) => verdict)).toEqual(['pass'])
    expect(cluster.calls).toEqual(['kill pg1', 'start pg1'])
  })

  it('proves nothing when the backup was over first, and the primary is brought back all the same', async () => {
    const {cluster, found, done} = drill({fromMs: 800, toMs: 900})
    await expect(done).rejects.toMatchObject({
      code: 'FAULT_UNAVAILABLE',
      message: expect.stringContaining('pg3 copied nothing any more') as string,
    })
    expect([found, cluster.calls]).toEqual([[], ['kill pg1', 'start pg1']])
  })

  it('does not happen when no backup was seen', async () => {
    const {cluster, done} = drill({fromMs: 0, toMs: 0})
    await expect(done).rejects.toMatchObject({
      code: 'FAULT_UNAVAILABLE',
      message: expect.stringContaining('none to hit') as string,
    })
    expect(cluster.calls).toEqual([])
  })
})
