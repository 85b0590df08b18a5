// What goes past the docker client is answered as the client would have: each command both ways, on containers in every
// state.
import {randomUUID} from 'node:crypto'
import {setTimeout as pause} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {runDocker, type RunDocker} from '../../../src/lab/docker/docker.ts'
import {engineSocket} from '../../../src/lab/docker/engine-socket.ts'
import {overSocket} from '../../../src/lab/docker/over-socket.ts'
import {parseContainers} from '../../../src/lab/docker/parse-docker.ts'

const label = `hl.test=${randomUUID()}`
const named = (state: string): string => `hl-over-socket-${label.slice(-12)}-${state}`
const [running, paused, stopped, missing] = ['running', 'paused', 'stopped', 'missing'].map(named) as [
  string,
  string,
  string,
  string,
]
const volume = named('data')
const never: RunDocker = argv => Promise.reject(new Error(`the client was asked: ${argv.join(' ')}`))
const overIt = overSocket(engineSocket() ?? 'none', never)

beforeAll(async () => {
  const container = ['--label', label, '--network', 'none', '--entrypoint', 'sleep', '-v', `${volume}:/data`]
  await runDocker(['volume', 'create', '--label', label, volume])
  for (const name of [running, paused, stopped])
    await runDocker(['create', '--name', name, ...container, 'hl-postgres:17', '600'])
  await runDocker(['start', running, paused])
  await runDocker(['pause', paused])
})
afterAll(async () => {
  await runDocker(['rm', '-f', running, paused, stopped])
  await runDocker(['volume', 'rm', volume])
})

const sh = (script: string, container = running): readonly string[] => ['exec', container, 'sh', '-c', script]

describe('a command in a container is answered as by the client', () => {
  it.each<[string, readonly string[]]>([
    ['both streams and an exit code', sh('echo out; echo err >&2; exit 3')],
    ['nothing', ['exec', running, 'true']],
    ['a user', ['exec', '-u', 'postgres', running, 'id', '-un']],
    ['words with blanks and quotes', ['exec', running, 'printf', '%s|', 'two words', `"'`, '', '$HOME']],
    ['much, and no text', sh('head -c 3000000 /dev/zero | tr "\\0" x; printf "\\303\\251 \\377"')],
    ['a signal that ends it', sh('kill -9 $$')],
    ['a program that is not there', ['exec', running, 'no-such-program']],
    ['a user who is not there', ['exec', '-u', 'nobody-of-that-name', running, 'true']],
    ['a container that is paused', sh('true', paused)],
    ['a container that does not run', sh('true', stopped)],
    ['a container that is not there', sh('true', missing)],
  ])('%s', async (_, argv) => {
    expect(await overIt(argv)).toEqual(await runDocker(argv))
  })

  it('one that takes too long', async () => {
    const argv = sh('echo begun; sleep 30')
    expect(await overIt(argv, {timeoutMs: 300})).toMatchObject({exitCode: null, timedOut: true})
  })

  it('and goes on when nobody listens any more', async () => {
    await overIt(sh('for n in $(seq 20000); do echo $n; done; sleep 6; echo whole >/data/end'), {timeoutMs: 3_000})
    await expect.poll(async () => (await overIt(sh('cat /data/end'))).stdout, {timeout: 20_000}).toBe('whole\n')
  })
})

describe('a file is told as by the client', () => {
  it.each<[string, readonly string[]]>([
    ['of one that runs', ['cp', `${running}:/etc/passwd`, '-']],
    ['of one that is paused', ['cp', `${paused}:/etc/passwd`, '-']],
    ['of one that does not run', ['cp', `${stopped}:/etc/passwd`, '-']],
    ['that is not there', ['cp', `${running}:/etc/no-such-file`, '-']],
    ['of one that is not there', ['cp', `${missing}:/etc/passwd`, '-']],
  ])('%s', async (_, argv) => {
    expect(await overIt(argv)).toEqual(await runDocker(argv))
  })
})

describe('a list is told as by the client', () => {
  const filter = ['--filter', `label=${label}`]
  it.each<[string, readonly string[]]>([
    ['of containers', ['ps', '-aq', '--no-trunc', ...filter]],
    ['of states', ['ps', '-a', ...filter, '--format', '{{.Names}}\t{{.State}}']],
    ['of volumes', ['volume', 'ls', '-q', ...filter]],
    ['of nothing', ['volume', 'ls', '-q', '--filter', 'label=hl.test=nobody']],
  ])('%s', async (_, argv) => {
    expect(await overIt(argv)).toEqual(await runDocker(argv))
  })

  it('of what containers are, where one is not there', async () => {
    const argv = ['container', 'inspect', running, missing, paused]
    const [own, client] = [await overIt(argv), await runDocker(argv)]
    expect({...own, stdout: parseContainers(own.stdout)}).toEqual({...client, stdout: parseContainers(client.stdout)})
    expect(parseContainers(own.stdout)).toHaveLength(2)
  })
})

it('where no engine listens the client is asked, and says why', async () => {
  const asked: (readonly string[])[] = []
  const run = overSocket('/run/no-such-engine.sock', async argv => {
    asked.push(argv)
    await pause(0)
    return {exitCode: 1, stdout: '', stderr: 'Cannot connect', timedOut: false, missing: false}
  })
  expect(await run(['exec', running, 'true'])).toMatchObject({stderr: 'Cannot connect'})
  expect(asked).toEqual([['exec', running, 'true']])
})
