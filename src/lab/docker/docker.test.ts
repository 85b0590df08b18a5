// What docker is asked for, and that a bound program ends with its input: shown on this machine, since the words are a
// shell script.
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {chmodSync, existsSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import {afterEach, describe, expect, it, vi} from 'vitest'
import {temporaryFolder} from '../../../test/temporary-folder.ts'
import {boundWords, dockerClient, pipeDocker, runDocker, runProgram, type DockerOptions} from './docker.ts'

function recorder() {
  const asked: (readonly [readonly string[], DockerOptions | undefined])[] = []
  const docker = dockerClient(async (argv, options) => {
    asked.push([argv, options])
    return Promise.resolve({exitCode: 3, stdout: 'out', stderr: 'err', timedOut: false, missing: false})
  })
  return {docker, asked}
}

describe('a command in a container', () => {
  it('has no input unless it is given one', async () => {
    const {docker, asked} = recorder()
    await docker.exec('c', ['ls'], {user: 'postgres', timeoutMs: 7})
    await docker.exec('c', ['cat'], {stdin: 'x', timeoutMs: 7})
    expect(asked).toEqual([
      [['exec', '-u', 'postgres', 'c', 'ls'], {timeoutMs: 7}],
      [['exec', '-i', 'c', 'cat'], {stdin: 'x', timeoutMs: 7}],
    ])
  })

  it('that is bound keeps an input open for as long as hl lives', async () => {
    const {docker, asked} = recorder()
    expect(await docker.exec('c', ['ls'], {timeoutMs: 7, bound: true})).toEqual({
      exitCode: 3,
      stdout: 'out',
      stderr: 'err',
    })
    expect(asked).toEqual([[['exec', '-i', 'c', ...boundWords(['ls'])], {timeoutMs: 7, keepsOpen: true}]])
  })
})

describe('the docker client', () => {
  /** A client that is a script of this test's, found first. */
  const clientIs = (script: string): void => {
    const folder = temporaryFolder('client')
    writeFileSync(join(folder, 'docker'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, 'docker'), 0o755)
    vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`)
  }
  afterEach(() => vi.unstubAllEnvs())

  it('says how it ended and what it said, whole', async () => {
    clientIs('echo "$1 $HL_OF_TEST"; echo err >&2; exit 3')
    expect(await runDocker(['two words'], {env: {HL_OF_TEST: 'set'}})).toEqual({
      exitCode: 3,
      stdout: 'two words set\n',
      stderr: 'err\n',
      timedOut: false,
      missing: false,
    })
  })

  it('reads what it is given, and nothing else', async () => {
    clientIs('cat')
    const much = 'x'.repeat(1_000_000)
    expect((await runDocker([], {stdin: much})).stdout).toBe(much)
    expect((await runDocker([])).stdout).toBe('')
  })

  it('may end before it has read all', async () => {
    clientIs('exit 7')
    expect((await runDocker([], {stdin: 'x'.repeat(1_000_000)})).exitCode).toBe(7)
  })

  it('is ended when its time is over', async () => {
    clientIs('exec sleep 60')
    expect(await runDocker([], {timeoutMs: 100})).toMatchObject({exitCode: null, timedOut: true})
  })

  it('that is not there is missing', async () => {
    vi.stubEnv('PATH', '/nowhere')
    expect(await runDocker(['ps'])).toMatchObject({exitCode: null, missing: true, timedOut: false})
  })

  it.each([
    ['both end well', 'yes | head -n 100000', 'cat | wc -l', {exitCode: 0, stdout: '100000\n', stderr: ''}],
    ['the first fails', 'echo no >&2; exit 4', 'cat >/dev/null', {exitCode: 4, stdout: '', stderr: 'no\n'}],
    [
      'the second fails and reads no more',
      'exec yes',
      'echo full >&2; exit 5',
      {exitCode: 5, stdout: '', stderr: 'full\n'},
    ],
  ])('hands the output of one to another: %s', async (_case, from, to, expected) => {
    clientIs('exec sh -c "$1"')
    expect(await pipeDocker([from], [to], 60_000)).toEqual(expected)
  })
})

describe('the words of a bound program', () => {
  const start = (script: string) => {
    const [program = '', ...words] = boundWords(['sh', '-c', script])
    const child = spawn(program, words, {timeout: 20_000})
    return {child, ended: once(child, 'close')}
  }
  const run = async (script: string) => {
    const {child, ended} = start(script)
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
    return {exitCode: (await ended)[0] as number, stdout, stderr}
  }

  it('pass on what it says and how it ends', async () => {
    expect(await run('echo out; echo err >&2; read -r x || exit 7')).toEqual({
      exitCode: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    })
  })

  it('leave alone what it leaves behind on purpose', async () => {
    const {stdout} = await run('sleep 60 >/dev/null 2>&1 & echo $!')
    expect(() => process.kill(Number(stdout), 'SIGKILL')).not.toThrow()
  })

  it('end it and what it started when the input ends', async () => {
    const {child, ended} = start('sleep 60 & echo $!; wait')
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    child.stdin.end()
    expect((await ended)[0]).toBe(143)
    // Whoever inherits it may take a while to let it go.
    await expect.poll(() => isAlive(Number(String(said))), {timeout: 20_000}).toBe(false)
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a program of our own', () => {
  const env = {HL_SAID: 'by the caller'}
  const node = async (script: string, more: {readonly signal?: AbortSignal} = {}) =>
    runProgram(process.execPath, ['-e', script], {
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      env,
      ...more,
    })

  it('is heard to its end, with its own environment and nothing at its input', async () =>
    expect(
      await node(
        'process.stdin.on("end", () => { console.log(process.env.HL_SAID); console.error("e"); process.exitCode = 3 }).resume()',
      ),
    ).toEqual({exitCode: 3, stdout: 'by the caller\n', stderr: 'e\n'}))

  it('is told to end as by Ctrl-C, and may say something then', async () => {
    const stop = new AbortController()
    stop.abort('SIGINT')
    const waits = 'setInterval(() => {}, 1000)'
    expect(await node(waits, {signal: stop.signal})).toMatchObject({exitCode: -1})
    const again = new AbortController()
    const ready = join(temporaryFolder('program'), 'ready')
    const polite = `process.on("SIGINT", () => { console.log("ending"); process.exit(130) }); ${waits}`
    const said = node(`${polite}; require("node:fs").writeFileSync(${JSON.stringify(ready)}, "")`, {
      signal: again.signal,
    })
    await vi.waitFor(() => expect(existsSync(ready)).toBe(true), {timeout: 20_000})
    again.abort('SIGINT')
    expect(await said).toEqual({exitCode: 130, stdout: 'ending\n', stderr: ''})
  })

  it('that cannot be started says why', async () => {
    const signal = new AbortController().signal
    const said = await runProgram('/nowhere/hl', [], {timeoutMs: 1_000, signal, env})
    expect(said).toMatchObject({exitCode: -1, stderr: expect.stringContaining('ENOENT')})
  })
})
