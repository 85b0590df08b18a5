// An engine that holds containers and volumes by their names and does nothing in them. Invariant: what was made,
// removed, locked and let go is in the log, in order. Not here: what runs in a container (its caller's `exec`).
import {dockerClient, type Docker, type DockerOptions} from '../../src/lab/docker/docker.ts'
import type {DockerOutcome} from '../../src/lab/docker/docker-failure.ts'
import type {ExecResult} from '../../src/model/ports.ts'

type Labels = Readonly<Record<string, string>>

export interface FakeDocker {
  readonly docker: Docker
  readonly log: string[]
  readonly containers: Map<string, Labels>
  readonly volumes: Map<string, Labels>
  /** A service of a lab, as `hl up` makes it. */
  readonly addService: (lab: string, service: string) => void
  /** As a command of another machine holds the lab. */
  readonly lock: (lab: string, what: string) => void
  /** The locks that are held. */
  readonly locks: () => readonly string[]
}

export interface FakeDockerOptions {
  /** A command in a container; `stdin` as it is given. */
  readonly exec?: (argv: readonly string[], stdin?: string) => Promise<ExecResult>
  /** A script on a volume, from a container of its own; what it prints. */
  readonly onVolume?: (script: string, volume: string) => string
  /** What the engine says instead to a command that begins so. */
  readonly refuses?: Readonly<Record<string, string>>
}

const lockLabel = 'hl.lock.what'

export function fakeDocker({exec, onVolume = () => '', refuses = {}}: FakeDockerOptions = {}): FakeDocker {
  const log: string[] = []
  const containers = new Map<string, Labels>()
  const volumes = new Map<string, Labels>()
  const make = (argv: readonly string[]): DockerOutcome => {
    const name = argv[argv.indexOf('--name') + 1] ?? ''
    if (containers.has(name))
      return failed(`Conflict. The container name "/${name}" is already in use by container "x".`)
    const labels = labelsOf(argv)
    containers.set(name, labels)
    log.push(`${lockLabel in labels ? 'locked' : 'made'} ${name}`)
    return said(name)
  }
  const remove = (names: readonly string[]): DockerOutcome => {
    for (const name of names.filter(one => containers.has(one))) {
      log.push(`${lockLabel in (containers.get(name) ?? {}) ? 'unlocked' : 'removed'} ${name}`)
      containers.delete(name)
    }
    return said('')
  }
  const inspect = (names: readonly string[]): DockerOutcome =>
    said(JSON.stringify(names.flatMap(name => (containers.has(name) ? [inspected(name, containers.get(name))] : []))))
  const run = async (argv: readonly string[], options?: DockerOptions): Promise<DockerOutcome> => {
    const words = argv.join(' ')
    const refusal = Object.entries(refuses).find(([start]) => words.startsWith(start))
    if (refusal !== undefined) return failed(refusal[1])
    if (argv[0] === 'create' || words.startsWith('run -d')) return make(argv)
    if (argv[0] === 'rm') return remove(argv.slice(1).filter(word => !word.startsWith('-')))
    if (argv[0] === 'ps') return said(matching(containers, argv).join('\n'))
    if (argv[1] === 'inspect') return inspect(argv.slice(2))
    if (argv[0] === 'inspect') return inspect(argv.slice(3))
    if (argv[0] === 'info') return said('{"NCPU": 2, "OperatingSystem": "fake", "ServerVersion": "none"}')
    if (words.startsWith('run --rm'))
      return said(onVolume(argv.at(-1) ?? '', argv[argv.indexOf('-v') + 1]?.split(':')[0] ?? ''))
    if (words.startsWith('volume ls')) return said(listed(volumes, argv).join('\n'))
    if (words.startsWith('volume create')) volumes.set(argv.at(-1) ?? '', labelsOf(argv))
    if (words.startsWith('volume rm'))
      for (const name of argv.slice(2).filter(word => !word.startsWith('-'))) volumes.delete(name)
    if (argv[0] !== 'exec' || exec === undefined) return said('')
    // Behind the container's name.
    return {...said(''), ...(await exec(commandOf(argv), options?.stdin))}
  }
  const locks = (): readonly string[] =>
    [...containers].flatMap(([name, labels]) => (lockLabel in labels ? [name] : []))
  return {
    docker: dockerClient(run),
    log,
    containers,
    volumes,
    locks,
    addService: (lab, service) =>
      void containers.set(`hl-${lab}-${service}-1`, {'hl.lab': lab, 'hl.service': service, 'hl.services': service}),
    lock: (lab, what) =>
      void containers.set(`hl-${lab}-lock`, {
        'hl.lab': lab,
        [lockLabel]: what,
        'hl.lock.pid': '7',
        'hl.lock.host': 'elsewhere',
      }),
  }
}

const said = (stdout: string): DockerOutcome => ({exitCode: 0, stdout, stderr: '', timedOut: false, missing: false})
const failed = (stderr: string): DockerOutcome => ({...said(''), exitCode: 1, stderr})

const inspected = (name: string, labels: Labels = {}) => ({
  Id: name,
  Name: `/${name}`,
  Config: {Labels: labels},
  State: {Status: lockLabel in labels ? 'created' : 'running'},
})

function commandOf(argv: readonly string[]): readonly string[] {
  const words = argv.slice(1)
  while (words[0]?.startsWith('-') === true) words.splice(0, words[0] === '-u' ? 2 : 1)
  return words[4] === 'hl-bound' ? words.slice(5) : words.slice(1)
}

function labelsOf(argv: readonly string[]): Labels {
  return Object.fromEntries(
    argv.flatMap((word, index) => {
      const [name = '', ...value] = argv[index - 1] === '--label' ? word.split('=') : []
      return name === '' ? [] : [[name, value.join('=')]]
    }),
  )
}

/** Names, or with a format the labels that it names, by tabs. */
function listed(objects: ReadonlyMap<string, Labels>, argv: readonly string[]): readonly string[] {
  const names = matching(objects, argv)
  const columns = [...(argv[argv.indexOf('--format') + 1] ?? '').matchAll(/\.Label "([^"]+)"/g)].map(
    match => match[1] ?? '',
  )
  if (columns.length === 0) return names
  return names.map(name => columns.map(column => objects.get(name)?.[column] ?? '').join('\t'))
}

/** By a filter of Docker's, as hl uses it: a label, with its value or without, or a name. */
function matching(objects: ReadonlyMap<string, Labels>, argv: readonly string[]): readonly string[] {
  const [kind = '', key = '', value] = (argv[argv.indexOf('--filter') + 1] ?? '').split('=')
  return [...objects]
    .filter(([name, labels]) =>
      kind === 'name' ? new RegExp(key).test(name) : key in labels && (value === undefined || labels[key] === value),
    )
    .map(([name]) => name)
}
