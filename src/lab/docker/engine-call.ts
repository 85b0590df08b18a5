// PURE: the docker commands that hl asks for most, as calls of the engine's API, and the API's answers as what the
// client would have said. Invariant: what is not understood whole is no call, and goes to the client. Source of the
// API: Docker Engine API, "Exec", "Container", "Volume".
import type {DockerOptions} from './docker.ts'
import {asArray, asObject, field, parseJson, stringOr} from '../read-json.ts'
import type {DockerOutcome} from './docker-failure.ts'

export type EngineCall =
  | {readonly kind: 'exec'; readonly container: string; readonly user: string; readonly argv: readonly string[]}
  | {readonly kind: 'inspect'; readonly ids: readonly string[]}
  /** One question, whose answer is told as `toText` makes it. */
  | {readonly kind: 'get'; readonly path: string; readonly toText: (body: string) => string}

/** null: the client's. */
export function engineCallOf(argv: readonly string[], options: DockerOptions = {}): EngineCall | null {
  if (options.stdin !== undefined || options.keepsOpen === true || options.env !== undefined) return null
  const [command, ...words] = argv
  if (command === 'exec') return execCall(words)
  const [of = '', ...ids] = words
  if (command === 'container' && of === 'inspect') return ids.some(isFlag) ? null : {kind: 'inspect', ids}
  if (command === 'cp') return fileCall(words)
  return listCall(argv)
}

/** A file as a tar stream. */
function fileCall([from = '', to, ...more]: readonly string[]): EngineCall | null {
  const at = from.indexOf(':/')
  if (at <= 0 || isFlag(from) || to !== '-' || more.length > 0) return null
  const [container, path] = [from.slice(0, at), from.slice(at + 1)].map(encodeURIComponent)
  return {kind: 'get', path: `/containers/${container}/archive?path=${path}`, toText: body => body}
}

function execCall(words: readonly string[]): EngineCall | null {
  const [user, [container = '', ...argv]] = words[0] === '-u' ? [words[1] ?? '', words.slice(2)] : ['', words]
  return isFlag(container) || container === '' || argv.length === 0 ? null : {kind: 'exec', container, user, argv}
}

const isFlag = (word: string): boolean => word.startsWith('-')

interface List {
  /** Up to the filter. */
  readonly before: string
  readonly after: string
  readonly path: string
  readonly toText: (body: string) => string
}

const lists: readonly List[] = [
  {before: 'ps -aq --no-trunc', after: '', path: '/containers/json?all=1', toText: namesOf(containerId)},
  {before: 'ps -a', after: '--format {{.Names}}\t{{.State}}', path: '/containers/json?all=1', toText: namesOf(state)},
  {before: 'volume ls -q', after: '', path: '/volumes?', toText: volumeNames},
]

/** One filter, by a label. */
function listCall(argv: readonly string[]): EngineCall | null {
  const at = argv.indexOf('--filter')
  const filter = argv[at + 1]
  if (at < 0 || filter?.startsWith('label=') !== true) return null
  const [before, after] = [argv.slice(0, at).join(' '), argv.slice(at + 2).join(' ')]
  const list = lists.find(each => each.before === before && each.after === after)
  if (list === undefined) return null
  const filters = JSON.stringify({label: [filter.slice('label='.length)]})
  return {kind: 'get', path: `${list.path}&filters=${encodeURIComponent(filters)}`, toText: list.toText}
}

function namesOf(told: (container: unknown) => string): (body: string) => string {
  return body => asLines(asArray(parseJson(body, 'the engine'), 'the engine').map(told))
}

function containerId(container: unknown): string {
  return stringOr(field(container, 'Id'), '')
}

function state(container: unknown): string {
  const names = asArray(field(container, 'Names'), 'a container')
  return `${names.map(name => stringOr(name, '').replace(/^\//, '')).join(',')}\t${stringOr(field(container, 'State'), '')}`
}

function volumeNames(body: string): string {
  const volumes = asObject(parseJson(body, 'the engine'), 'the engine')['Volumes'] ?? []
  return asLines(asArray(volumes, 'volumes').map(volume => stringOr(field(volume, 'Name'), '')))
}

const asLines = (lines: readonly string[]): string => lines.map(line => `${line}\n`).join('')

/** What the client says of an answer that is none: exit 1, and the engine's own message. */
export function refusal(body: string): DockerOutcome {
  return outcome(1, '', `Error response from daemon: ${messageIn(body)}\n`)
}

function messageIn(body: string): string {
  try {
    return stringOr(field(JSON.parse(body), 'message'), body.trim())
  } catch {
    return body.trim()
  }
}

/** One that ended by itself. */
export function outcome(exitCode: number, stdout: string, stderr: string): DockerOutcome {
  return {exitCode, stdout, stderr, timedOut: false, missing: false}
}

/**
 * stdout and stderr out of the stream of a command without a terminal: frames of a byte that says which (1, 2), three
 * of nothing, four of a length, and so many bytes. A frame that is cut off is taken as far as it goes.
 */
export function splitStreams(stream: Buffer): {readonly stdout: string; readonly stderr: string} {
  const said: Readonly<Record<'out' | 'err', Buffer[]>> = {out: [], err: []}
  for (let at = 0; at + headBytes <= stream.length;) {
    const end = at + headBytes + stream.readUInt32BE(at + 4)
    said[stream[at] === 2 ? 'err' : 'out'].push(stream.subarray(at + headBytes, end))
    at = end
  }
  return {stdout: Buffer.concat(said.out).toString(), stderr: Buffer.concat(said.err).toString()}
}

const headBytes = 8
