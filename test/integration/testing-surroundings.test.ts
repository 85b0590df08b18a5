// Starts of clusters for tests where the host lacks something, each in a process of its own as a test runner has it: an
// error with a code, a cause and a way out, at once, and nothing was made. Not here: what goes wrong once a cluster is
// there (src/testing/*.test.ts).
import {execFile} from 'node:child_process'
import {chmodSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {describe, expect, it} from 'vitest'
import {temporaryFolder} from '../temporary-folder.ts'

const execute = promisify(execFile)
const entry = new URL('../../src/testing/index.ts', import.meta.url).href

interface Told {
  readonly code: string
  readonly message: string
  readonly next: readonly string[]
  readonly runbook: string
}

/** What starts in that environment reject with, in one process. */
async function told(builders: readonly string[], env: Readonly<Record<string, string>>): Promise<readonly Told[]> {
  const folder = temporaryFolder('surroundings')
  const script = `const {PatroniCluster, ShardedLab, HlError} = await import(${JSON.stringify(entry)})
const told = []
for (const start of [${builders.map(builder => `() => ${builder}.start()`).join(', ')}])
  try { await start(); told.push({code: 'none'}) }
  catch (error) {
    const {code, message, next, runbook} = error
    told.push({code, message, next, runbook, isOurs: error instanceof HlError})
  }
console.log(JSON.stringify(told))`
  const {stdout} = await execute(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    env: {...process.env, ...env},
    timeout: 60_000,
  })
  expect(readdirSync(folder), 'a folder was left').toEqual([])
  const answers = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as readonly (Told & {readonly isOurs: boolean})[]
  expect(answers.every(({isOurs}) => isOurs)).toBe(true)
  return answers
}

/** A docker client that writes down what it is asked, and knows no image. */
function withoutImages(): {readonly env: Readonly<Record<string, string>>; readonly asked: () => string} {
  const folder = temporaryFolder('docker')
  const calls = join(folder, 'calls')
  const script = `#!/bin/sh
echo "$*" >> ${calls}
case "$*" in
  'image inspect'*|create*|'container create'*) echo "Error response from daemon: No such image: $3" >&2; exit 1 ;;
  info*) echo '{"NCPU": 2, "MemTotal": 8000000000, "OperatingSystem": "none", "ServerVersion": "28", "DockerRootDir": "/"}' ;;
esac
`
  writeFileSync(calls, '')
  writeFileSync(join(folder, 'docker'), script)
  chmodSync(join(folder, 'docker'), 0o755)
  const env = {PATH: `${folder}:${process.env['PATH'] ?? ''}`, DOCKER_HOST: 'tcp://127.0.0.1:1'}
  return {env, asked: () => readFileSync(calls, 'utf8')}
}

const builders = ['new PatroniCluster()', 'new ShardedLab()']

describe('a start', () => {
  it('without a docker client says so', async () => {
    const env = {PATH: '/nowhere', DOCKER_HOST: 'unix:///nowhere/docker.sock'}
    for (const {code, next, runbook} of await told(builders, env)) {
      expect(code).toMatch(/^DOCKER_(MISSING|UNREACHABLE)$/)
      expect(next.length).toBeGreaterThan(0)
      expect(runbook).toBe(`runbooks/errors/${code}.md`)
    }
  })

  it('without an engine says so', async () => {
    for (const {code, message, next} of await told(builders, {DOCKER_HOST: 'tcp://127.0.0.1:1'}))
      expect([code, next.length > 0, message !== '']).toEqual(['DOCKER_UNREACHABLE', true, true])
  })

  it('without images says which command builds them, and pulls none', async () => {
    const {env, asked} = withoutImages()
    for (const {code, next} of await told(builders, env))
      expect([code, next.join('\n')]).toEqual(['IMAGE_MISSING', expect.stringContaining('setup.sh')])
    expect(asked()).not.toMatch(/^(pull|compose|run|network create|volume create)/m)
  })

  it('with bad words is refused before Docker is asked', async () => {
    const {env, asked} = withoutImages()
    const words = builders.flatMap(builder => [
      `${builder}.withName('Not a name')`,
      `${builder}.withMigrations('./gone')`,
      `${builder}.withReuse()`,
      builder.replace('()', '({settings: {ttlS: 5}})'),
      builder.replace('()', '({nodes: 7})'),
    ])
    const codes = (await told(words, env)).map(({code}) => code)
    const [wrongName, other] = ['LAB_NAME_INVALID', 'CONFIG_INVALID']
    expect(codes).toEqual([wrongName, other, other, other, other, wrongName, other, other, other, other])
    expect(asked()).toBe('')
    expect((await told(builders, {...env, HL_KEEP: 'yes'})).map(({code}) => code)).toEqual([other, other])
  })
})
