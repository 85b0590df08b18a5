// hl killed at each step of what it does to an archive and to data: the next look names what is left, one command ends
// it, and nothing is lost. HL_SEED draws other moments. Not here: how it is killed (generated/kill-at-each-step.ts).
import {beforeAll, describe, expect, test} from 'vitest'
import {runHl} from '../../run-hl.ts'
import {chanceOf} from '../../generated/chance.ts'
import type {Content} from '../../generated/content.ts'
import {databases, writeHistory} from '../../generated/write-history.ts'
import {killAtEachStep, type Seen} from '../generated/kill-at-each-step.ts'
import {databasesIn, LiveCluster} from '../generated/live-cluster.ts'
import {prepareCluster, recordHistory} from '../generated/record-history.ts'
import {useLab} from '../use-lab.ts'

const seed = Number(process.env['HL_SEED'] ?? 1)
const history = writeHistory(seed, {steps: 20, backups: 0, switchovers: 0, crashes: 0})
const testMs = 3_600_000
const moments = 3

describe('hl, killed at each step of', () => {
  const lab = useLab('e2e-kills', {profile: 'small', up: ['--nodes', '2', '--archive', 'command'], beside: ['two']})
  const second = `${lab.name}-two`
  const chance = chanceOf(seed)
  let was: ReadonlyMap<string, Content> = new Map()

  const contentOf = async (name: string): Promise<ReadonlyMap<string, Content>> => {
    const live = await LiveCluster.open(name)
    const cluster = await live.content('', new Map())
    const all = new Map([['', cluster.content]])
    for (const database of databasesIn(cluster.content))
      all.set(database, (await live.content(database, new Map())).content)
    await live.close()
    return all
  }
  /** Rows, not where sequences are: a crash leaves those ahead. */
  const rowsOf = (all: ReadonlyMap<string, Content>): object =>
    Object.fromEntries(
      [...all].map(([name, content]) => [name, [...content].filter(([key]) => !key.startsWith('seq'))]),
    )
  const run = async (...words: readonly string[]): Promise<string> => {
    const {exitCode, stdout, stderr} = await lab.hl(...words)
    expect(exitCode, `${words.join(' ')}: ${stdout}${stderr}`).toBe(0)
    return stdout
  }
  const isAsBefore = async (name = lab.name): Promise<void> => {
    expect(rowsOf(await contentOf(name))).toEqual(rowsOf(was))
    await run('status', '--check')
  }

  beforeAll(async () => {
    const live = await LiveCluster.open(lab.name)
    const first = await prepareCluster(live)
    await recordHistory(live, history, [first])
    // hl's role may not read those of others, and a logical backup of them is refused.
    for (const database of databases)
      await live.send('look', database, ['select lo_unlink(oid) from pg_largeobject_metadata'])
    await live.close()
    was = await contentOf(lab.name)
  })
  test.each([
    ['a full backup', ['backups', 'create']],
    ['a full backup with its content', ['backups', 'create', '--content']],
    ['an incremental backup', ['backups', 'create', '--kind', 'incremental']],
    ['a logical backup', ['backups', 'create', '--kind', 'logical']],
  ] as const)(
    '%s',
    async (_what, words) => {
      const end = async (): Promise<void> => {
        await run(...words)
        await run('backups', 'verify')
      }
      await killAtEachStep(lab, chance, {words, prepare: nothing, named: /cut.off/, end}, moments)
      await isAsBefore()
    },
    testMs,
  )

  test.each([
    ['a verification', ['backups', 'verify'], /./],
    ['a verification by restoring', ['backups', 'verify', 'latest', '--restore'], /scratch/],
  ] as const)(
    '%s',
    async (_what, words, named) => {
      const end = async (): Promise<unknown> => run(...words)
      await killAtEachStep(lab, chance, {words, prepare: nothing, named, end}, moments)
      await isAsBefore()
    },
    testMs,
  )

  test(
    'retention',
    async () => {
      const words = ['backups', 'prune', '--keep-full', '1', '--confirm', lab.name]
      const prepare = async (): Promise<void> => {
        for (let count = 0; count < 2; count += 1) await run('backups', 'create')
      }
      const end = async (): Promise<void> => {
        await run(...words)
        await run('backups', 'verify')
      }
      await killAtEachStep(lab, chance, {words, prepare, named: /cut.off/, end}, moments)
      await isAsBefore()
    },
    testMs,
  )

  test(
    'the making of a copy',
    async () => {
      const words = ['copy', 'create', '--to', 'latest']
      const end = async ({objects, when}: Seen): Promise<void> => {
        if (objects.length === 0) return
        // Where it was whole when hl was killed, only the next command about copies tells of it.
        const again = await lab.hl(...words)
        if (objects.some(name => name.endsWith('-copy')))
          expect(again.stderr, `killed at ${when}`).toContain('hl copy drop')
        await run('copy', 'drop')
      }
      await killAtEachStep(lab, chance, {words, prepare: nothing, named: /./, end}, moments)
      await isAsBefore()
    },
    testMs,
  )

  test(
    'the moving of a copy',
    async () => {
      const [first, second] = [`k${seed}first`, `k${seed}second`]
      await run('psql', `select pg_create_restore_point('${first}')`)
      await run('psql', 'create table if not exists hl.moved (id int)')
      await run('psql', `select pg_create_restore_point('${second}')`)
      was = await contentOf(lab.name)
      const prepare = async (): Promise<unknown> => run('copy', 'create', '--to-name', first)
      const end = async (): Promise<void> => {
        // Where it stands is known, and it goes on from there.
        await run('copy', 'show')
        await lab.hl('copy', 'forward', '--to-name', second)
        expect((await run('copy', 'sql', "select to_regclass('hl.moved')")).trim()).toBe('hl.moved')
        await run('copy', 'drop')
      }
      await killAtEachStep(
        lab,
        chance,
        {words: ['copy', 'forward', '--to-name', second], prepare, named: /./, end},
        moments,
      )
      await isAsBefore()
    },
    testMs,
  )

  test(
    'a restore into a new lab',
    async () => {
      const words = ['restore', '--into', second, '--to', 'latest']
      const end = async ({said, when}: Seen): Promise<void> => {
        if (said.includes(`hl restore --resume --lab ${second}`)) {
          const {exitCode, stdout, stderr} = await runHl(['restore', '--resume', '--lab', second], {cwd: lab.cwd})
          expect(exitCode, `resumed after ${when}: ${stdout}${stderr}`).toBe(0)
          await isAsBefore(second)
        }
        await runHl(['down', '--lab', second, '--volumes', '--confirm', second], {cwd: lab.cwd})
      }
      await killAtEachStep(
        lab,
        chance,
        {words, prepare: nothing, named: new RegExp(`hl restore --resume --lab ${second}`), end},
        1,
      )
      await isAsBefore()
    },
    testMs,
  )

  test(
    'a restore in place',
    async () => {
      const words = ['restore', '--in-place', '--to', 'latest', '--discard-copy', '--confirm', lab.name]
      const end = async ({said, when}: Seen): Promise<void> => {
        const words = said.includes(`hl restore --resume --lab ${lab.name}`)
          ? [chance.is(0.5) && said.includes(`hl restore --put-back --lab ${lab.name}`) ? '--put-back' : '--resume']
          : []
        if (words.length > 0) {
          const {exitCode, stdout, stderr} = await lab.hl('restore', ...words, '--confirm', lab.name)
          expect(exitCode, `${words.join()} after ${when}: ${stdout}${stderr}`).toBe(0)
        }
        await isAsBefore()
      }
      await killAtEachStep(
        lab,
        chance,
        {words, prepare: nothing, named: new RegExp(`hl restore --resume --lab ${lab.name}`), end},
        1,
      )
    },
    testMs,
  )
})

const nothing = async (): Promise<void> => Promise.resolve()
