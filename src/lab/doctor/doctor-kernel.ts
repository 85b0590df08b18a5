// Checks of what faults need from the kernel, tried for real in a container that is thrown away. Not here: the faults.
import type {Docker} from '../docker/docker.ts'
import {fail, ok, warn, type DoctorCheck} from './doctor-check.ts'
import {labImages} from '../docker/images.ts'

/** Runs a command in a container with its own empty network; null when there is no image to try with. */
async function tryInContainer(
  docker: Docker,
  script: string,
): Promise<{readonly works: boolean; readonly said: string} | null> {
  const outcome = await docker.attempt(
    [
      'run',
      '--rm',
      '--pull',
      'never',
      '--network',
      'none',
      '--cap-add',
      'NET_ADMIN',
      '--label',
      'hl.try=kernel',
      '--entrypoint',
      'sh',
      labImages[0],
      '-c',
      script,
    ],
    {timeoutMs: 30_000},
  )
  if (/no such image|unable to find image/i.test(outcome.stderr)) return null
  return {works: outcome.exitCode === 0, said: outcome.stderr.trim().split('\n').slice(-1).join('').slice(0, 200)}
}

/** Every partition needs it. */
export async function checkIptables(docker: Docker): Promise<DoctorCheck> {
  const tried = await tryInContainer(
    docker,
    'iptables -w 5 -A INPUT -s 192.0.2.1 -j DROP && iptables -w 5 -C INPUT -s 192.0.2.1 -j DROP',
  )
  if (tried === null) return warn('iptables', 'not tried: the images are not built', 'sh scripts/setup.sh', 'images')
  return tried.works
    ? ok('iptables', 'drops packets inside a container')
    : fail(
        'iptables',
        `does not work in a container: ${tried.said}`,
        'use a kernel with netfilter for containers (a full VM, not a sandbox)',
      )
}

/** For delay and loss; no scenario of today needs it. */
export async function checkNetem(docker: Docker): Promise<DoctorCheck> {
  const tried = await tryInContainer(docker, 'tc qdisc add dev lo root netem delay 1ms')
  if (tried === null) return warn('netem', 'not tried: the images are not built', 'sh scripts/setup.sh', 'images')
  return tried.works
    ? ok('netem', 'delays packets inside a container')
    : warn(
        'netem',
        `not available here: ${tried.said}`,
        'nothing: only faults of delay and loss need it; else load the module sch_netem',
      )
}
