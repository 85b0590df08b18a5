import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {HlError} from '../../model/errors.ts'
import type {Cluster, RestoreNode} from '../../model/ports.ts'
import {dockerClient} from '../docker/docker.ts'
import type {DockerOutcome} from '../docker/docker-failure.ts'
import type {ConnectedLab} from './connect-lab.ts'
import {restoreInPlace, type InPlaceOptions} from './in-place-lab.ts'

const outcome = (change: Partial<DockerOutcome> = {}): DockerOutcome => ({
  exitCode: 0,
  stdout: '',
  stderr: '',
  timedOut: false,
  missing: false,
  ...change,
})

/** The words of what is done on a volume or in the restore container. */
function stepOf(argv: readonly string[]): string {
  const text = argv.join(' ')
  if (text.includes('mv /var/lib/postgresql/data /var/lib/postgresql/data.before-restore')) return 'aside'
  if (text.includes('mv /var/lib/postgresql/data.before-restore /var/lib/postgresql/data;')) return 'put back'
  if (text.includes('rm -rf /var/lib/postgresql/data /var/lib/postgresql/restore-taken-over')) return 'emptied'
  if (text.includes('touch ')) return 'taken over'
  return argv[0] === 'rm' ? 'container gone' : text.startsWith('run -d') ? 'container' : ''
}

interface Trouble {
  /** Told of each step; may abort, or throw. */
  readonly onStep?: (step: string) => void
  readonly encrypted?: boolean
  /** What the archive says to the history of the new timeline. */
  readonly refusal?: string
  /** Nobody runs; these have data all the same. */
  readonly dead?: {readonly holders: readonly string[]}
}

/**
 * A lab of three whose primary is the member that was started first; what was done, in order. In its restore container
 * a program runs until the container is gone.
 */
function worldOf({onStep, encrypted = false, refusal, dead}: Trouble = {}) {
  const steps: string[] = []
  const step = (name: string): void => {
    if (name === '') return
    steps.push(name)
    onStep?.(name)
  }
  let kill = (): void => undefined
  const killed = new Promise<void>(resolve => {
    kill = resolve
  })
  const docker = dockerClient(async (argv, options) => {
    if (argv[0] === 'exec' && argv.includes('long')) {
      step('phase')
      await killed
      return outcome({exitCode: 137})
    }
    if (argv[0] === 'exec' && options?.stdin !== undefined) step(`identity ${options.stdin}`)
    if (argv.join(' ').includes('[ ! -e /var/lib/postgresql/data ]'))
      return outcome({stdout: steps.includes('aside') ? 'aside\n' : ''})
    if (argv.join(' ').includes('ls -A /var/lib/postgresql/data '))
      return outcome({
        stdout: dead?.holders.some(name => argv.join(' ').includes(`_${name}-data`)) === true ? 'files\n' : '',
      })
    step(stepOf(argv))
    if (argv[0] === 'rm' && argv.includes('-v')) kill()
    return outcome()
  })
  let running = dead === undefined ? ['pg1', 'pg2', 'pg3'] : []
  const cluster = {
    lab: 'lab',
    name: 'hl',
    archive: 'command',
    encrypted,
    members: ['pg1', 'pg2', 'pg3'],
    dcsMembers: ['etcd1'],
    state: async () => Promise.resolve({lab: 'lab', primary: running[0] ?? null, members: []}),
    stop: async (name: string) => Promise.resolve(void (running = running.filter(other => other !== name))),
    start: async (name: string) => {
      step(`start ${name}`)
      running = [...running, name]
      return Promise.resolve()
    },
    wipe: async (name: string) => {
      step(`wipe ${name}`)
      return Promise.resolve()
    },
    exec: async (_service: string, argv: readonly string[]) => {
      const push = argv[0] === 'sh' ? (/archive-push\S*/.exec(argv.join(' '))?.[0] ?? '') : ''
      step(push)
      return Promise.resolve({
        exitCode: push !== '' && refusal !== undefined ? 1 : 0,
        stdout: '',
        stderr: refusal ?? '',
      })
    },
  } as unknown as Cluster
  const clock = new FakeClock()
  const said: string[] = []
  const restore = async (work: (node: RestoreNode) => Promise<string>, more: Partial<InPlaceOptions> = {}) =>
    clock.run(
      restoreInPlace(
        docker,
        {cluster} as ConnectedLab,
        {clock, discardCopy: true, progress: text => said.push(text), ...more},
        work,
        () => undefined,
      ),
    )
  return {steps, said, restore}
}

const long = async (node: RestoreNode): Promise<string> => {
  const {exitCode} = await node.exec(['long'], {timeoutMs: 1})
  throw new HlError('RESTORE_FAILED', `exit ${exitCode}`, {next: ['x']})
}
const backAgain = ['put back', 'start pg1', 'start pg2', 'start pg3']

describe('a restore in place', () => {
  it('gives the restored data to Patroni, archives its history, and rebuilds the others when asked', async () => {
    const {steps, restore} = worldOf()
    const {restored, startStandbys} = await restore(async () => Promise.resolve('done'))
    expect(restored).toBe('done')
    expect(steps.filter(step => step !== 'container gone')).toEqual([
      'aside',
      'container',
      'taken over',
      'start pg1',
      'archive-push',
    ])
    await startStandbys()
    expect(steps.slice(-4).toSorted()).toEqual(['start pg2', 'start pg3', 'wipe pg2', 'wipe pg3'])
  })

  it('of an encrypted lab archives the history encrypted, and opens the archive by an identity that is given', async () => {
    const {steps, restore} = worldOf({encrypted: true})
    await restore(async () => Promise.resolve('done'), {identity: 'AGE-SECRET-KEY-1X'})
    expect(steps).toContain('identity AGE-SECRET-KEY-1X')
    expect(steps.at(-1)).toBe('archive-push-encrypted')
  })

  it('that fails puts the old data back', async () => {
    const {steps, restore} = worldOf()
    await expect(
      restore(async () => Promise.reject(new HlError('BACKUP_INVALID', 'bad', {next: ['x']}))),
    ).rejects.toMatchObject({code: 'BACKUP_INVALID'})
    expect(steps.slice(-4)).toEqual(backAgain)
  })

  it('puts the old data back where moving it aside failed after its deed', async () => {
    const {steps, restore} = worldOf({
      onStep: step => {
        if (step === 'aside') throw new HlError('TIMEOUT', 'docker run did not end in time', {next: ['x']})
      },
    })
    await expect(restore(async () => Promise.resolve('never'))).rejects.toMatchObject({code: 'TIMEOUT'})
    expect(steps.slice(-4)).toEqual(backAgain)
  })

  it('leaves the data where it is, and an earlier safety copy too, when it was not moved aside', async () => {
    const stop = new AbortController()
    const {steps, restore} = worldOf()
    const stopping = restore(async () => Promise.resolve('never'), {
      signal: stop.signal,
      progress: text => {
        if (text.startsWith('stopping')) stop.abort('SIGINT')
      },
    })
    await expect(stopping).rejects.toMatchObject({code: 'INTERRUPTED'})
    expect(steps).toEqual(['start pg1', 'start pg2', 'start pg3'])
  })

  it.each(['phase', 'aside', 'container'])(
    'that is interrupted at "%s" ends there, puts the old data back, and says so',
    async when => {
      const stop = new AbortController()
      const {steps, said, restore} = worldOf({
        onStep: step => {
          if (step === when) stop.abort('SIGINT')
        },
      })
      await expect(restore(long, {signal: stop.signal})).rejects.toMatchObject({
        code: 'INTERRUPTED',
        message: 'interrupted by SIGINT; lab lab has the data again that it had before',
      })
      expect(steps.slice(-4)).toEqual(backAgain)
      expect(steps).not.toContain('taken over')
      expect(said.join()).toContain('interrupted; the old data of lab lab is put back')
    },
  )

  it('that is interrupted once Patroni has the data goes on: the numbers of its timelines may be in the archive', async () => {
    const stop = new AbortController()
    const {steps, restore} = worldOf({
      onStep: step => {
        if (step === 'start pg1') stop.abort('SIGINT')
      },
    })
    expect((await restore(async () => Promise.resolve('done'), {signal: stop.signal})).restored).toBe('done')
    expect(steps).not.toContain('put back')
  })

  it('whose history cannot be archived keeps the restored data, and says how the others are rebuilt', async () => {
    const {steps, restore} = worldOf({refusal: 'archive: no room'})
    await expect(restore(async () => Promise.resolve('done'))).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringMatching(/in use on pg1.*no room/) as string,
      next: expect.arrayContaining(['hl nodes rebuild pg2', 'hl nodes rebuild pg3']) as string[],
    })
    expect(steps).not.toContain('put back')
  })

  it('names each standby that could not be rebuilt with its command, and makes the other one', async () => {
    const {steps, restore} = worldOf({
      onStep: step => {
        if (step === 'wipe pg2') throw new HlError('DISK_FULL', 'no room', {next: ['x']})
      },
    })
    const {startStandbys} = await restore(async () => Promise.resolve('done'))
    await expect(startStandbys()).rejects.toMatchObject({
      code: 'LAB_UNHEALTHY',
      message: 'not rebuilt: pg2 (no room)',
      next: ['hl nodes rebuild pg2'],
    })
    expect(steps).toContain('start pg3')
    expect(steps).not.toContain('start pg2')
  })
})

describe('a cluster without a primary', () => {
  it('of which no member has data is brought back, and nothing is kept', async () => {
    const {steps, restore} = worldOf({dead: {holders: []}})
    expect((await restore(async () => Promise.resolve('done'))).restored).toBe('done')
    expect(steps.filter(step => step !== 'container gone')).toEqual([
      'emptied',
      'container',
      'taken over',
      'start pg1',
      'archive-push',
    ])
  })

  it('is without data again when that fails, and its members wait for some', async () => {
    const {steps, said, restore} = worldOf({dead: {holders: []}})
    await expect(
      restore(async () => Promise.reject(new HlError('BACKUP_INVALID', 'bad', {next: ['x']}))),
    ).rejects.toMatchObject({code: 'BACKUP_INVALID'})
    expect(steps.slice(-4)).toEqual(['emptied', 'start pg1', 'start pg2', 'start pg3'])
    expect(steps).not.toContain('put back')
    expect(said.at(-1)).toBe('hl has no data, as before, and its members run')
  })

  it('is not touched where a member has data: nobody knows whose is the newest', async () => {
    const {steps, restore} = worldOf({dead: {holders: ['pg2']}})
    await expect(restore(async () => Promise.resolve('never'))).rejects.toMatchObject({
      code: 'LAB_UNHEALTHY',
      message: expect.stringContaining('on the volumes of pg2') as string,
    })
    expect(steps).toEqual([])
  })
})
