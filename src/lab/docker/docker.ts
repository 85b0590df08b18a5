// Starts the docker client: the only file of hl that starts a process. Whatever engine the client reaches (context,
// DOCKER_HOST) is used.
// Invariant: a child sits in a session of its own, so Ctrl-C at the terminal ends hl's waiting and never a docker
// command half way.
// Not here: what a failure means (docker-failure.ts), what output means (parse-docker.ts).
import {spawn, type ChildProcess, type StdioOptions} from 'node:child_process'
import {createInterface} from 'node:readline'
import type {Readable} from 'node:stream'
import type {ExecResult} from '../../model/ports.ts'
import {dockerFailure, execFailure, type DockerOutcome} from './docker-failure.ts'

export interface DockerOptions {
  readonly stdin?: string
  /** Default 30 s. The client is killed then; what the engine has begun may go on. */
  readonly timeoutMs?: number
  /** Leaves stdin open, without anything in it, until the command ends or hl does. */
  readonly keepsOpen?: boolean
  /** Additions to the environment of the client; never a secret. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs the docker client once and tells how it went; never throws for a failed command. */
export type RunDocker = (argv: readonly string[], options?: DockerOptions) => Promise<DockerOutcome>

/** What the rest of src/lab uses. */
export interface Docker {
  /**
   * stdout of a command that must succeed; throws HlError (DOCKER_MISSING, DOCKER_UNREACHABLE, PORT_IN_USE, DISK_FULL
   * …) otherwise.
   */
  text(argv: readonly string[], options?: DockerOptions): Promise<string>
  /**
   * The outcome as it is, for callers to whom a failure is an answer. Throws only when the client or the engine is not
   * there.
   */
  attempt(argv: readonly string[], options?: DockerOptions): Promise<DockerOutcome>
  /** Runs a command in a container. Its exit code is an answer; a container that cannot run it is an error. */
  exec(
    container: string,
    argv: readonly string[],
    options?: Omit<DockerOptions, 'keepsOpen'> & {readonly user?: string; readonly bound?: boolean},
  ): Promise<ExecResult>
}

/**
 * A program in a container outlives the client that started it. This one watches its input, which the engine closes
 * when client or hl is gone, killed or not, and then ends the work with all that it started.
 */
const boundScript = `exec 3<&0 </dev/null
setsid "$@" 3<&- & work=$!
{ while read -r _; do :; done; kill -s TERM -- "-$work"; sleep 5; kill -s KILL -- "-$work"; } <&3 >/dev/null 2>&1 & watch=$!
exec 3<&-
wait "$work"; code=$?
kill "$watch" 2>/dev/null
exit "$code"`

/** PURE: the words of a program that ends with hl. */
export const boundWords = (argv: readonly string[]): readonly string[] => ['sh', '-c', boundScript, 'hl-bound', ...argv]

export const defaultTimeoutMs = 30_000

/** The docker client of this machine. */
export const runDocker: RunDocker = async (argv, options = {}) => {
  const client = startClient(argv, options)
  return outcomeOf(client, [collected(client.stdout), collected(client.stderr)], options.timeoutMs ?? defaultTimeoutMs)
}

/** A docker client whose output is read here, in a session of its own. */
function startClient(argv: readonly string[], {stdin, keepsOpen = false, env}: DockerOptions): ChildProcess {
  const client = spawn('docker', [...argv], {
    detached: true,
    stdio: [stdin !== undefined || keepsOpen ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    ...(env === undefined ? {} : {env: {...process.env, ...env}}),
  })
  // A reader that ends early closes its end: that is in its exit code.
  client.stdin?.on('error', () => undefined)
  if (stdin !== undefined) client.stdin?.end(stdin)
  return client
}

/** What a stream will have said. */
function collected(stream: Readable | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}

/** How long a client that was told to end may take for it. */
const graceMs = 5_000

/** Waits until the client has ended and its output is read. One that cannot be started tells why on stderr. */
async function outcomeOf(
  client: ChildProcess,
  [stdout, stderr]: readonly [() => string, () => string],
  timeoutMs: number,
): Promise<DockerOutcome> {
  let timedOut = false
  let timer = setTimeout(() => {
    timedOut = true
    client.kill('SIGTERM')
    timer = setTimeout(() => client.kill('SIGKILL'), graceMs)
  }, timeoutMs)
  const {exitCode, error} = await endOf(client)
  clearTimeout(timer)
  const missing = error?.code === 'ENOENT'
  return {exitCode, stdout: stdout(), stderr: error?.message ?? stderr(), timedOut, missing}
}

interface End {
  readonly exitCode: number | null
  /** Why it could not be started. */
  readonly error: NodeJS.ErrnoException | null
}

async function endOf(child: ChildProcess): Promise<End> {
  return new Promise(resolve => {
    child.once('error', error => resolve({exitCode: null, error}))
    child.once('close', exitCode => resolve({exitCode, error: null}))
  })
}

/**
 * The stdout of one docker command into the stdin of another, without passing through hl's memory. The outcome of the
 * second; the first one's failure where that failed.
 */
export async function pipeDocker(
  from: readonly string[],
  to: readonly string[],
  timeoutMs: number,
): Promise<ExecResult> {
  const source = startClient(from, {})
  const sink = startClient(to, {keepsOpen: true})
  if (sink.stdin !== null) source.stdout?.pipe(sink.stdin)
  const reading = outcomeOf(source, [() => '', collected(source.stderr)], timeoutMs)
  const written = await outcomeOf(sink, [collected(sink.stdout), collected(sink.stderr)], timeoutMs)
  if (written.exitCode !== 0) source.kill('SIGKILL')
  // Nobody reads what the first one still has to say, and it would wait for ever to say it.
  source.stdout?.destroy()
  const read = await reading
  return {
    exitCode: written.exitCode === 0 ? (read.exitCode ?? -1) : (written.exitCode ?? -1),
    stdout: written.stdout,
    stderr: `${read.stderr}${written.stderr}`,
  }
}

/** Runs the docker client on this terminal (psql) and returns its exit code; the person ends it. */
export async function attachDocker(argv: readonly string[]): Promise<number> {
  return runWith('inherit', 'docker', argv)
}

/**
 * Runs the docker client with both of its streams on stdout, where a pipe gets them as they are (following logs); the
 * person ends it. `take` gets them line by line instead.
 */
export async function followDocker(argv: readonly string[], take: ((line: string) => void) | null): Promise<void> {
  if (take === null) {
    await runWith(['ignore', 1, 1], 'docker', argv)
    return
  }
  const client = spawn('docker', [...argv], {stdio: ['ignore', 'pipe', 'pipe']})
  const said = Promise.all(
    [client.stdout, client.stderr].map(async stream => {
      for await (const line of createInterface({input: stream})) take(line)
    }),
  )
  await Promise.all([said, endOf(client)])
}

/** Runs a program of hl's own that talks to the person on stderr; returns its exit code. */
export async function runOnTerminal(program: string, argv: readonly string[]): Promise<number> {
  return runWith(['ignore', 2, 'inherit'], program, argv)
}

/**
 * Runs a program of hl's own to its end, nobody at its input. Aborted, it is told to end as by Ctrl-C, and may take its
 * time for that; one that is over its time too. Of one that was ended by force the exit code is -1.
 */
export async function runProgram(
  program: string,
  argv: readonly string[],
  {
    timeoutMs,
    signal,
    env,
  }: {readonly timeoutMs: number; readonly signal: AbortSignal; readonly env: Readonly<Record<string, string>>},
): Promise<ExecResult> {
  // In a session of its own: Ctrl-C at the terminal reaches it once, from here.
  const child = spawn(program, [...argv], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, ...env},
  })
  const [stdout, stderr] = [collected(child.stdout), collected(child.stderr)]
  let force: NodeJS.Timeout | undefined
  const stop = (): void => {
    child.kill('SIGINT')
    force ??= setTimeout(() => child.kill('SIGKILL'), programGraceMs)
  }
  const timer = setTimeout(stop, timeoutMs)
  signal.addEventListener('abort', stop, {once: true})
  if (signal.aborted) stop()
  const {exitCode, error} = await endOf(child)
  signal.removeEventListener('abort', stop)
  clearTimeout(timer)
  clearTimeout(force)
  return {exitCode: exitCode ?? -1, stdout: stdout(), stderr: error?.message ?? stderr()}
}

/** Longer than hl needs to heal what it broke. */
const programGraceMs = 120_000

async function runWith(stdio: StdioOptions, program: string, argv: readonly string[]): Promise<number> {
  return (await endOf(spawn(program, [...argv], {stdio}))).exitCode ?? 1
}

/** Wraps a runner with the meaning of its failures; tests pass a runner that records. */
export function dockerClient(run: RunDocker): Docker {
  const attempt: Docker['attempt'] = async (argv, options) => {
    const outcome = await run(argv, options)
    const failure = dockerFailure(argv, outcome, process.env['DOCKER_HOST'])
    if (failure !== null && (failure.code === 'DOCKER_MISSING' || failure.code === 'DOCKER_UNREACHABLE')) throw failure
    return outcome
  }
  return {
    attempt,
    async text(argv, options) {
      const outcome = await run(argv, options)
      const failure = dockerFailure(argv, outcome, process.env['DOCKER_HOST'])
      if (failure !== null) throw failure
      return outcome.stdout
    },
    async exec(container, argv, {user, bound = false, ...options} = {}) {
      const isOpen = bound || options.stdin !== undefined
      const flags = [...(user === undefined ? [] : ['-u', user]), ...(isOpen ? ['-i'] : [])]
      const full = ['exec', ...flags, container, ...(bound ? boundWords(argv) : argv)]
      const outcome = await attempt(full, bound ? {...options, keepsOpen: true} : options)
      const failure = execFailure(full, outcome)
      if (failure !== null) throw failure
      return {exitCode: outcome.exitCode ?? -1, stdout: outcome.stdout, stderr: outcome.stderr}
    },
  }
}
