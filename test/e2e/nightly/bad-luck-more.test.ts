// What a run that is interrupted, or one on a lab that was taken down, leaves of a lab and its data. Not here: the
// interruptions of every day (../bad-luck.test.ts).
import {expect, test} from 'vitest'
import {runHl, startHl} from '../../run-hl.ts'
import {labelled, useLab} from '../use-lab.ts'

const lab = useLab('e2e-luck-more', {profile: 'small', beside: ['own']})
const own = `${lab.name}-own`

/** A run that came to its end; which verdict depends on what else the host does. */
const verdicts: readonly (number | null)[] = [0, 1, 3]

test('data that was kept is used by a run and kept by it', async () => {
  expect((await lab.hl('up', '--profile', 'small')).exitCode).toBe(0)
  await lab.hl('psql', 'CREATE TABLE public.precious AS SELECT 1 AS x')
  expect((await lab.hl('down')).exitCode).toBe(0)
  expect(verdicts).toContain((await lab.failover('no-fault')).exitCode)
  expect((await lab.hl('down', '--leftovers')).exitCode).toBe(2)
  expect((await runHl(['down', '--leftovers'], {cwd: lab.cwd})).exitCode).toBe(0)
  expect((await lab.hl('up', '--profile', 'small')).exitCode).toBe(0)
  expect((await lab.hl('psql', 'SELECT x FROM public.precious')).exitCode).toBe(0)
})

test('Ctrl-C while it waits for redundancy: a lab that a run brought up is taken away with everything, exit 130', async () => {
  await lab.hl('down', '--volumes', '--confirm', lab.name)
  const run = startHl(['failover', '--scenario', 'primary-crash', '--profile', 'small', '--lab', own], {cwd: lab.cwd})
  await run.saw('waiting for full redundancy', 120_000)
  run.kill('SIGINT')
  const {exitCode, stderr} = await run.finished
  expect(stderr).toContain('INTERRUPTED')
  expect(exitCode).toBe(130)
  expect(await labelled(own)).toEqual([])
})
