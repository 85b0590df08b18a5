// What docker is asked for, and that a bound program ends with its input: shown on this machine, since the words are a
// shell script.
import {execa} from 'execa'
import {describe, expect, it} from 'vitest'
import {boundWords, dockerClient, type DockerOptions} from './docker.ts'

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

describe('the words of a bound program', () => {
  const run = (script: string) => {
    const [program = '', ...words] = boundWords(['sh', '-c', script])
    return execa(program, words, {reject: false, stdin: 'pipe', timeout: 20_000})
  }

  it('pass on what it says and how it ends', async () => {
    expect(await run('echo out; echo err >&2; read -r x || exit 7')).toMatchObject({
      exitCode: 7,
      stdout: 'out',
      stderr: 'err',
    })
  })

  it('leave alone what it leaves behind on purpose', async () => {
    const {stdout} = await run('sleep 60 >/dev/null 2>&1 & echo $!')
    expect(() => process.kill(Number(stdout), 'SIGKILL')).not.toThrow()
  })

  it('end it and what it started when the input ends', async () => {
    const work = run('sleep 60 & echo $!; wait')
    const child = await new Promise<number>(resolve => {
      work.stdout.once('data', (text: Buffer) => resolve(Number(String(text))))
    })
    work.stdin.end()
    expect((await work).exitCode).toBe(143)
    // Whoever inherits it may take a while to let it go.
    await expect.poll(() => isAlive(child), {timeout: 20_000}).toBe(false)
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
