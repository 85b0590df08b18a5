// Containers and volumes of the benchmark. Invariants: each carries the label hl.lab=bench-restore, is handed to the
// undo stack before it is made, and a container ends by itself after a while, so that even SIGKILL leaves nothing that
// works for long. Not here: what runs in them (primary.ts, archive.ts).
import {dockerClient, runDocker} from '../../src/lab/docker/docker.ts'
import type {Undo} from '../router/undo.ts'

export const docker = dockerClient(runDocker)

const lab = 'bench-restore'
const lifeSeconds = 5_400
/** Of one command in a container. */
const withinMs = 1_800_000

export interface Machine {
  readonly name: string
  /** On Docker's bridge; empty without a network. */
  readonly host: string
  /** Runs a shell script in it that must succeed; gives its stdout, trimmed. */
  exec(script: string, user?: string): Promise<string>
  /** The same in the background: returns at once. */
  launch(script: string, user?: string): Promise<unknown>
  /** Makes a file in it. */
  write(path: string, text: string): Promise<unknown>
  /** Lets it know another by name. */
  meets(name: string, host: string): Promise<unknown>
  /** Takes it away at once, with the volumes that have no name. */
  remove(): Promise<void>
}

export interface MachineWish {
  /** Short; also its host name. */
  readonly service: string
  readonly image: string
  /** As docker run -v takes them. One without a name is on the disk like the others and goes with the container. */
  readonly volumes: readonly string[]
  /** Absent: it only lives, and what it is for is started in it. */
  readonly command?: readonly string[]
  readonly withoutNetwork?: boolean
}

export async function startMachine(
  {service, image, volumes, command = ['sleep', 'infinity'], withoutNetwork = false}: MachineWish,
  undo: Undo,
): Promise<Machine> {
  const name = `hl-${lab}-${service}-1`
  let started: Promise<unknown> = Promise.resolve()
  const remove = async (): Promise<void> => {
    // Else it could come to be after it was removed.
    await started.catch(() => undefined)
    await docker.attempt(['rm', '-f', '-v', name], {timeoutMs: 120_000})
  }
  undo.defer(`docker rm ${name}`, remove)
  started = docker.text(
    [
      'run',
      '-d',
      '--init',
      '--name',
      name,
      '--hostname',
      service,
      '--label',
      `hl.lab=${lab}`,
      '--label',
      `hl.service=${service}`,
      '--shm-size',
      '256m',
      ...(withoutNetwork ? ['--network', 'none'] : []),
      ...volumes.flatMap(volume => ['-v', volume]),
      '--entrypoint',
      'timeout',
      image,
      String(lifeSeconds),
      ...command,
    ],
    {timeoutMs: 60_000},
  )
  await started
  const host = (await docker.text(['inspect', '-f', '{{.NetworkSettings.IPAddress}}', name])).trim()
  return {
    name,
    host,
    remove,
    exec: async (script, user = 'postgres') =>
      (await docker.text(['exec', '-u', user, name, 'sh', '-ec', script], {timeoutMs: withinMs})).trim(),
    launch: async (script, user = 'postgres') => docker.text(['exec', '-d', '-u', user, name, 'sh', '-ec', script]),
    write: async (path, text) =>
      docker.text(['exec', '-i', '-u', 'postgres', name, 'sh', '-c', `cat >${path}`], {stdin: text}),
    meets: async (other, at) =>
      docker.text(['exec', '-u', 'root', name, 'sh', '-c', `echo '${at} ${other}' >>/etc/hosts`]),
  }
}

/** A volume that several machines see, removed after them. */
export async function makeVolume(what: string, undo: Undo): Promise<string> {
  const name = `hl-${lab}_${what}`
  undo.defer(`docker volume rm ${name}`, async () => docker.attempt(['volume', 'rm', '-f', name], {timeoutMs: 120_000}))
  await docker.text(['volume', 'create', '--label', `hl.lab=${lab}`, name])
  return name
}

/** Throws when another run is going on, or left something behind: both would be measured too. */
export async function refuseLeftovers(): Promise<void> {
  const filter = `label=hl.lab=${lab}`
  const namesOf = (text: string): string => text.trim().replaceAll('\n', ' ')
  const containers = namesOf(await docker.text(['ps', '-a', '--filter', filter, '--format', '{{.Names}}']))
  const volumes = namesOf(await docker.text(['volume', 'ls', '--filter', filter, '--format', '{{.Name}}']))
  if (containers + volumes === '') return
  throw new Error(
    `another run is going on, or left something behind: ${containers} ${volumes}; when none is: docker rm -f -v ${containers || '(none)'}; docker volume rm ${volumes || '(none)'}`,
  )
}
