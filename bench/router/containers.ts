// Containers of the benchmark. Invariants: each carries the label hl.lab=bench-router, is handed to the undo stack
// before it is started, and ends by itself after a while, so that even SIGKILL leaves nothing for long. Not here: what
// runs in them (postgres.ts, proxies.ts).
import {dockerClient, runDocker} from '../../src/lab/docker/docker.ts'
import type {Undo} from './undo.ts'

export const docker = dockerClient(runDocker)

const lab = 'bench-router'
const usualLifeSeconds = 5_400

export interface Container {
  readonly name: string
  /** On Docker's bridge. */
  readonly host: string
  /** Runs a shell script in it that must succeed; gives its stdout. */
  exec(script: string, user?: string): Promise<string>
  /** Makes a file in it. */
  write(path: string, text: string): Promise<unknown>
  /** All processes of it so far, in ms of CPU. */
  cpuMs(): Promise<number>
}

/** A container that only lives, so long at most: what it is for is started in it. `service` is short. */
export async function startContainer(
  service: string,
  image: string,
  undo: Undo,
  lifeSeconds: number = usualLifeSeconds,
): Promise<Container> {
  const name = `hl-${lab}-${service}-1`
  let started: Promise<unknown> = Promise.resolve()
  undo.defer(`docker rm ${name}`, async () => {
    // Else it could come to be after it was removed.
    await started.catch(() => undefined)
    await docker.attempt(['rm', '-f', '-v', name])
  })
  const labels = ['--label', `hl.lab=${lab}`, '--label', `hl.service=${service}`]
  // An anonymous volume: on the disk as in production, not in memory and not copied on write; it goes with the
  // container.
  started = docker.text([
    'run',
    '-d',
    '--rm',
    '--init',
    '--name',
    name,
    ...labels,
    '-v',
    '/pg',
    '--entrypoint',
    'sleep',
    image,
    String(lifeSeconds),
  ])
  await started
  const host = (await docker.text(['inspect', '-f', '{{.NetworkSettings.IPAddress}}', name])).trim()
  const exec: Container['exec'] = async (script, user = 'postgres') =>
    docker.text(['exec', '-u', user, name, 'sh', '-ec', script], {timeoutMs: 120_000})
  const write: Container['write'] = async (path, text) =>
    docker.text(['exec', '-i', '-u', 'postgres', name, 'sh', '-c', `cat >${path}`], {stdin: text})
  return {name, host, exec, write, cpuMs: async () => Number(await exec(cpuScript)) / 1e6}
}

/** Version 1 of cgroups, or 2. */
const cpuScript = `cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null || awk '/^usage_usec/ {print $2 "000"}' /sys/fs/cgroup/cpu.stat`

/** Throws when another run is going on, or left something behind: both would be measured too. */
export async function refuseLeftovers(): Promise<void> {
  const found = await docker.text(['ps', '-a', '--filter', `label=hl.lab=${lab}`, '--format', '{{.Names}}'])
  if (found.trim() !== '')
    throw new Error(
      `there are containers of another run: ${found.trim().replaceAll('\n', ', ')}; when none is going on: docker rm -f -v ${found.trim().replaceAll('\n', ' ')}`,
    )
}
