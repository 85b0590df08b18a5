// hl itself is interrupted, killed, or started twice: the lab is recoverable with one command, and the history can
// still be judged. Not here: data that is kept (nightly/bad-luck-more.test.ts).
import {expect, test} from 'vitest'
import {startHl} from '../run-hl.ts'
import {docker, labelled, useLab} from './use-lab.ts'

const lab = useLab('e2e-luck', {profile: 'small', beside: ['own']})
const own = `${lab.name}-own`
/** A step of a run comes or does not; a busy host takes its time. */
const stepMs = 180_000

/** A run that came to its end; which verdict depends on what else the host does. */
const verdicts: readonly (number | null)[] = [0, 1, 3]

test('a second run on the same lab is refused and named, and changes nothing', async () => {
  const first = lab.start('failover', '--scenario', 'no-fault')
  await first.saw('hold', stepMs)
  const second = await lab.hl('failover', '--scenario', 'primary-crash')
  expect(second.stderr).toContain('LAB_BUSY')
  expect(second.stderr).toContain('hl failover --scenario no-fault')
  expect(second.exitCode).toBe(4)
  expect(verdicts).toContain((await first.finished).exitCode)
})

test('Ctrl-C between inject and heal: faults healed, exit 130, lab healthy', async () => {
  const run = lab.start('failover', '--scenario', 'primary-pause')
  await run.saw(/inject +ok/, stepMs)
  run.kill('SIGINT')
  const {exitCode, stderr} = await run.finished
  expect(stderr).toContain('INTERRUPTED')
  expect(exitCode).toBe(130)
  await lab.healthy()
})

test('kill -9 of hl between inject and heal: the run can be judged (unknown), one command heals the lab', async () => {
  const run = lab.start('failover', '--scenario', 'primary-pause', '--ttl', '25')
  await run.saw(/inject +ok/, stepMs)
  run.kill('SIGKILL')
  await run.finished
  expect((await lab.hl('status', '--check')).exitCode).toBe(4)
  expect((await lab.hl('runs', 'check', 'latest')).exitCode).toBe(3)
  expect((await lab.hl('runs', 'list')).stdout).toContain('cut off')
  expect(await docker('ps', '-aq', '--filter', `name=hl-${lab.name}-lock`)).not.toBe('')

  const healed = await lab.json<{readonly did: readonly string[]}>('faults', 'heal', '--all')
  expect(healed.result.did.join('; ')).toMatch(/unpaused/)
  expect(healed.result.did.join('; ')).toMatch(/settings restored: ttlS/)
  await lab.healthy()
  expect(await docker('ps', '-aq', '--filter', `name=hl-${lab.name}-lock`)).toBe('')
})

test.each([
  ['while it is brought up', /starting \d+ containers/],
  ['in its baseline', 'hold'],
] as const)('Ctrl-C %s: a lab that a run brought up is taken away with everything, exit 130', async (_when, said) => {
  await lab.hl('down', '--volumes', '--confirm', lab.name)
  const run = startHl(['failover', '--scenario', 'primary-crash', '--profile', 'small', '--lab', own], {cwd: lab.cwd})
  await run.saw(said, stepMs)
  run.kill('SIGINT')
  const {exitCode, stderr} = await run.finished
  expect(stderr).toContain('INTERRUPTED')
  expect(exitCode).toBe(130)
  expect(await labelled(own)).toEqual([])
})
