// `hl doctor`: looks at the host, the engine, the images, the kernel and the labs. Invariant: looks only; every finding
// says what to do. A check that the one before makes pointless is left out: without an engine nothing below it is
// asked. Not here: the checks themselves.
import {HlError, messageOf} from '../../model/errors.ts'
import type {ConnectOptions} from '../lifecycle/connect-lab.ts'
import type {Docker} from '../docker/docker.ts'
import {fail, ok, type DoctorCheck} from './doctor-check.ts'
import {checkCpus, checkDisk, checkMemory, checkNode, checkPorts} from './doctor-host.ts'
import {checkBaseImage, checkClient, checkCompose, checkImages, checkReach} from './doctor-docker.ts'
import {checkIptables, checkNetem} from './doctor-kernel.ts'
import {checkLabs, checkLeftovers, type ConditionsOf} from './doctor-labs.ts'
import {engineFacts} from '../host/host-facts.ts'
import {listLabs} from '../lifecycle/lab-inventory.ts'
import type {EngineFacts} from '../docker/parse-docker.ts'

export interface DoctorOptions extends ConnectOptions {
  /** `process.versions.node`. */
  readonly nodeVersion: string
  /** What is wrong with a lab beside its clusters. */
  readonly conditions: ConditionsOf
}

/** All findings, in the order in which a person would repair them. */
export async function examineHost(
  docker: Docker,
  {nodeVersion, ...labs}: DoctorOptions,
): Promise<readonly DoctorCheck[]> {
  const first = [
    checkNode(nodeVersion),
    ...(await finding('docker-client', 'docker', async () => [await checkClient(docker)])),
  ]
  if (first.some(check => check.id === 'docker-client' && check.status === 'fail')) return first
  const rest = await finding(
    'docker-engine',
    'docker',
    async () => await examineEngine(docker, await engineFacts(docker), labs),
  )
  return [...first, ...rest]
}

async function examineEngine(
  docker: Docker,
  engine: EngineFacts,
  options: Omit<DoctorOptions, 'nodeVersion'>,
): Promise<readonly DoctorCheck[]> {
  const labs = await listLabs(docker)
  const checks = await Promise.all([
    finding('docker-reach', null, async () => [await checkReach(docker, options)]),
    finding('compose', 'compose', async () => [await checkCompose(docker)]),
    finding('base-image', null, async () => [await checkBaseImage(docker)]),
    finding('images', null, async () => [await checkImages(docker)]),
    finding('disk', null, async () => [await checkDisk(engine)]),
    finding('ports', null, async () => [await checkPorts(labs)]),
    finding('iptables', null, async () => [await checkIptables(docker)]),
    finding('netem', null, async () => [await checkNetem(docker)]),
    finding('leftovers', null, async () => await checkLeftovers(docker, labs)),
    finding('labs', null, async () => await checkLabs(docker, labs, options)),
  ])
  return [
    ok('docker-engine', `Docker ${engine.version} on ${engine.os}`),
    checkCpus(engine),
    checkMemory(engine),
    ...checks.flat(),
  ]
}

/** A check that cannot look is a finding, and the others go on. */
async function finding(
  id: string,
  fixable: DoctorCheck['fixable'],
  look: () => Promise<readonly DoctorCheck[]>,
): Promise<readonly DoctorCheck[]> {
  try {
    return await look()
  } catch (error) {
    return [
      fail(
        id,
        messageOf(error),
        error instanceof HlError && fixable === null ? error.next.join('; ') : 'sh scripts/setup.sh',
        fixable,
      ),
    ]
  }
}
