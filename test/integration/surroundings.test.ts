// The ways in which what surrounds a process fails: its streams, its folder, HOME, the docker client. No Docker. Not
// here: the files of a run (src/experiment/run-trial.test.ts), signals under a run (test/e2e).
import {spawn} from 'node:child_process'
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, describe, expect, it} from 'vitest'
import {temporaryFolder} from '../temporary-folder.ts'

const folder = temporaryFolder('around', afterAll)
const hl = `"${process.execPath}" "${fileURLToPath(new URL('../../bin/hl.js', import.meta.url))}"`

/** A docker client that says this and fails. */
function dockerThatSays(name: string, text: string): string {
  const bin = join(folder, name)
  mkdirSync(bin)
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\necho '${text}' >&2\nexit 1\n`)
  chmodSync(join(bin, 'docker'), 0o755)
  return `${bin}:${process.env['PATH'] ?? ''}`
}

interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** As a shell runs it; its last status is that of hl, written to descriptor 3 where a pipe hides it. */
async function shell(script: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn('sh', ['-c', script], {
    cwd: folder,
    env: {...process.env, CI: '1', NO_COLOR: '1', DOCKER_HOST: 'tcp://127.0.0.1:1', ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const read = async (stream: NodeJS.ReadableStream): Promise<string> => {
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    return text
  }
  const [stdout, stderr, exitCode] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    new Promise<number | null>(resolve => child.on('close', resolve)),
  ])
  return {exitCode, stdout, stderr}
}

const nextStep = /^next: {2}\S/m

describe('the surroundings of a process', () => {
  it.concurrent.each<[string, string, number, string | null]>([
    ['stdout takes nothing', `${hl} scenarios list >/dev/full`, 4, 'OUTPUT_LOST'],
    ['stdout takes no document', `${hl} scenarios list --json >/dev/full`, 4, 'OUTPUT_LOST'],
    ['stdout takes no error', `${hl} scenarios show nothing --json >/dev/full`, 2, 'OUTPUT_LOST'],
    ['stdout is closed', `${hl} scenarios list >&-`, 0, null],
    [
      'the reader of stdout has gone',
      `code=$( { { ${hl} scenarios list --json; echo $? >&3; } | :; } 3>&1 ); exit "$code"`,
      0,
      null,
    ],
    ['stderr takes nothing', `${hl} runs list --bogus 2>/dev/full`, 2, null],
    ['stderr is closed', `${hl} runs list --bogus 2>&-`, 2, null],
    ['stdin is closed', `${hl} down --volumes <&-`, 2, 'CONFIRMATION_MISSING'],
    ['stdin is at its end', `${hl} down --volumes </dev/null`, 2, 'CONFIRMATION_MISSING'],
    ['the folder is gone', `mkdir gone-$$ && cd gone-$$ && rmdir ../gone-$$ && ${hl} runs list`, 4, 'FOLDER_GONE'],
    ['the config file is a folder', `mkdir -p odd/hl.config.json && cd odd && ${hl} runs list`, 2, 'CONFIG_INVALID'],
    ['HOME is not set', `unset HOME; ${hl} scenarios list >/dev/null`, 0, null],
    ['HOME is no folder', `HOME=/dev/null XDG_CACHE_HOME= ${hl} scenarios list`, 0, null],
    ['there is no docker client', `PATH=${dirname('/nowhere/x')} ${hl} status`, 4, 'DOCKER_MISSING'],
    ['the engine does not answer', `${hl} status`, 4, 'DOCKER_UNREACHABLE'],
  ])('%s', async (_what, script, exitCode, code) => {
    const ended = await shell(script)
    expect(ended.stderr).not.toMatch(/^\s+at /m)
    if (code === null) expect(ended.stderr).toBe('')
    else expect(ended.stderr).toContain(`code:  ${code} (exit`)
    if (code !== null) expect(ended.stderr).toMatch(nextStep)
    expect(ended.exitCode).toBe(exitCode)
  })

  it.concurrent('no rights on the engine: says what gives them', async () => {
    const path = dockerThatSays(
      'denied',
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
    )
    const ended = await shell(`${hl} status`, {PATH: path})
    expect(ended).toMatchObject({exitCode: 4, stdout: ''})
    expect(ended.stderr).toContain('code:  DOCKER_UNREACHABLE (exit 4)')
    expect(ended.stderr).toMatch(/^next: .*group docker/m)
  })
})

describe('what a caller or a server says', () => {
  const title = '\u001b]0;owned\u0007\u001b[2J'
  it.concurrent.each([
    ['a name of a lab', `${hl} up --lab "$WORDS"`],
    ['a flag', `${hl} status "--$WORDS"`],
    ['a run', `${hl} runs show "$WORDS"`],
  ])('does not reach the terminal as it is: %s', async (_what, script) => {
    const {stderr, exitCode} = await shell(script, {WORDS: `x${title}`})
    expect([exitCode, stderr.includes('\ufffd')]).toEqual([2, true])
    expect(stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
  })

  it.concurrent('of the engine neither, and none of its lines looks like one of hl', async () => {
    const path = dockerThatSays('talking', `first line\ncode:  NONE (exit 0)${title}`)
    const {stderr} = await shell(`${hl} status`, {PATH: path})
    expect(stderr).toMatch(/^code: {2}(?!NONE)/m)
    expect(stderr).not.toMatch(/^code: {2}NONE/m)
    expect(stderr).not.toContain('\u001b')
  })
})
