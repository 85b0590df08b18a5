// Runs what hl asks Docker for most over the engine's socket: to start the docker client takes 0.1 s of CPU each time,
// and one `hl status` asks twenty times. Invariant: the outcome is the one that the client would have given; where the
// engine cannot be reached, nothing was asked and the client is, whose words tell why. Not here: which commands these
// are (engine-call.ts).
import {HlError, messageOf} from '../../model/errors.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import {monotonicClock} from '../../waiting/monotonic-clock.ts'
import {field, parseJson} from '../read-json.ts'
import {defaultTimeoutMs, type RunDocker} from './docker.ts'
import type {DockerOutcome} from './docker-failure.ts'
import {engineCallOf, outcome, refusal, splitStreams, type EngineCall} from './engine-call.ts'
import {engineOver, NoEngine, type AskEngine, type EngineAnswer} from './engine-http.ts'

/** `client` runs what is not for the socket. */
export function overSocket(socketPath: string, client: RunDocker): RunDocker {
  return async (argv, options = {}) => {
    const call = engineCallOf(argv, options)
    if (call === null) return client(argv, options)
    const {ask, late} = engineOver(socketPath, options.timeoutMs ?? defaultTimeoutMs)
    try {
      return await answered(call, ask)
    } catch (error) {
      if (error instanceof NoEngine) return client(argv, options)
      if (late.aborted) return {...outcome(1, '', ''), exitCode: null, timedOut: true}
      if (error instanceof HlError) return {...outcome(1, '', error.message), exitCode: null, timedOut: true}
      return outcome(1, '', `error during connect: ${messageOf(error)}\n`)
    }
  }
}

async function answered(call: EngineCall, ask: AskEngine): Promise<DockerOutcome> {
  switch (call.kind) {
    case 'exec':
      return exec(call, ask)
    case 'inspect':
      return inspect(call.ids, ask)
    case 'get': {
      const answer = await ask('GET', call.path, null)
      return isGood(answer) ? outcome(0, call.toText(textOf(answer)), '') : refusal(textOf(answer))
    }
    default:
      return call satisfies never
  }
}

async function exec({container, user, argv}: EngineCall & {kind: 'exec'}, ask: AskEngine): Promise<DockerOutcome> {
  const wish = {AttachStdout: true, AttachStderr: true, User: user, Cmd: argv}
  const made = await ask('POST', `/containers/${encodeURIComponent(container)}/exec`, wish)
  if (!isGood(made)) return refusal(textOf(made))
  const id = String(field(parseJson(textOf(made), 'the engine'), 'Id'))
  const ran = await ask('POST', `/exec/${id}/start`, {Detach: false, Tty: false})
  if (!isGood(ran)) return refusal(textOf(ran))
  const {stdout, stderr} = splitStreams(ran.body)
  return outcome(await exitCodeOf(id, ask), stdout, stderr)
}

/** What it said may have ended before the engine knows that it has. */
async function exitCodeOf(id: string, ask: AskEngine): Promise<number> {
  return awaitUntil(
    async () => {
      const answer = await ask('GET', `/exec/${id}/json`, null)
      if (!isGood(answer)) throw new Error(refusal(textOf(answer)).stderr.trim())
      const told = parseJson(textOf(answer), 'the engine')
      const exitCode = field(told, 'ExitCode')
      return field(told, 'Running') !== true && typeof exitCode === 'number' ? holds(exitCode) : notYet(textOf(answer))
    },
    {clock: monotonicClock(), withinMs: 10_000, everyMs: 20, what: 'the exit code of a command that has ended'},
  )
}

/** As the client: those that are there, and an error for each that is not. */
async function inspect(ids: readonly string[], ask: AskEngine): Promise<DockerOutcome> {
  const answers = await Promise.all(
    ids.map(async id => [id, await ask('GET', `/containers/${encodeURIComponent(id)}/json`, null)] as const),
  )
  const found = answers.filter(([, answer]) => isGood(answer)).map(([, answer]) => textOf(answer))
  const lost = answers.filter(([, answer]) => !isGood(answer))
  const errors = lost.map(([, answer]) => refusal(textOf(answer)).stderr)
  return outcome(lost.length === 0 ? 0 : 1, `[${found.map(text => text.trim()).join(',')}]\n`, errors.join(''))
}

const isGood = ({status}: EngineAnswer): boolean => status >= 200 && status < 300
const textOf = ({body}: EngineAnswer): string => body.toString()
