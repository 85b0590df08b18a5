// Cuts a container off and connects it again, inside its own network namespace. A restart of the container makes a new
// one, without any cut. Invariant: connecting what is not cut is no error. Not here: the rules (partition-rules.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Partition} from '../../model/ports.ts'
import type {Docker} from './docker.ts'
import {dockerFailure} from './docker-failure.ts'
import {addressOf, serviceOf, type LabDescription} from '../lifecycle/lab-description.ts'
import {cutRules, cutScript, healScript, holdsDrop, listScript} from './partition-rules.ts'

const timeoutMs = 15_000

/** Drops packets between the service and the peers. FAULT_UNAVAILABLE when the container has no working iptables. */
export async function cut(docker: Docker, lab: LabDescription, service: string, partition: Partition): Promise<void> {
  const others = (names: readonly string[]) => names.filter(name => name !== service).map(name => addressOf(lab, name))
  const rules = cutRules(partition, {members: others(lab.members), dcs: others(lab.dcsMembers)})
  const result = await docker.exec(serviceOf(lab, service).container, ['sh', '-c', cutScript], {
    user: 'root',
    stdin: rules,
    timeoutMs,
  })
  if (result.exitCode !== 0)
    throw new HlError(
      'FAULT_UNAVAILABLE',
      `iptables does not work in ${service}: ${result.stderr.trim().slice(0, 300)}`,
      {next: [hint('doctor')]},
    )
}

/** What the engine says of a container whose network, and every rule in it, is gone. */
const hasNoNetwork = /is not running|is restarting|no such container/i

/** Removes every cut. HEAL_FAILED when rules stay, or nobody can tell; a container that does not run has none. */
export async function uncut(docker: Docker, lab: LabDescription, service: string): Promise<void> {
  const {container} = serviceOf(lab, service)
  const outcome = await docker.attempt(['exec', '-u', 'root', container, 'sh', '-c', healScript], {timeoutMs})
  if (outcome.exitCode === 0 || hasNoNetwork.test(outcome.stderr)) return
  if ((await isCut(docker, lab, service)) === false) return
  throw new HlError(
    'HEAL_FAILED',
    `the cut of ${service} could not be removed: ${outcome.stderr.trim().slice(0, 300)}`,
    {next: [`docker unpause ${container}`, `docker restart ${container}`]},
  )
}

/**
 * Is a rule of ours in place? null when the container cannot be asked (it does not run). TIMEOUT when it gave no
 * answer: that is no "no".
 */
export async function isCut(docker: Docker, lab: LabDescription, service: string): Promise<boolean | null> {
  const list = ['exec', '-u', 'root', serviceOf(lab, service).container, 'sh', '-c', listScript]
  const outcome = await docker.attempt(list, {timeoutMs})
  const silence = outcome.timedOut ? dockerFailure(list, outcome) : null
  if (silence !== null) throw silence
  return outcome.exitCode === 0 ? holdsDrop(outcome.stdout) : null
}

/**
 * Can the service open a TCP connection to the peer within 0.3 s? On one host that takes well under a millisecond, and
 * a lost first packet is sent again only after a second. bash does it, so the image needs no other tool.
 */
export async function canReach(
  docker: Docker,
  lab: LabDescription,
  service: string,
  peer: string,
  port: number,
): Promise<boolean> {
  const probe = ['timeout', '0.3', 'bash', '-c', 'exec 3<>"/dev/tcp/$0/$1"', addressOf(lab, peer), String(port)]
  const result = await docker.exec(serviceOf(lab, service).container, probe, {timeoutMs: 5_000})
  return result.exitCode === 0
}
