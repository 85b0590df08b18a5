// `hl doctor`: looks at the host, the engine, the images, the kernel and the labs. Invariant: looks only; every finding says what to do.
// A check that the one before makes pointless is left out: without an engine nothing below it is asked. Not here: the checks themselves.
import {HlError} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'
import type {Docker} from './docker.ts'
import {fail, ok, type DoctorCheck} from './doctor-check.ts'
import {checkCpus, checkDisk, checkMemory, checkNode, checkPorts} from './doctor-host.ts'
import {checkBaseImage, checkClient, checkCompose, checkImages} from './doctor-docker.ts'
import {checkIptables, checkNetem} from './doctor-kernel.ts'
import {checkLabs, checkLeftovers} from './doctor-labs.ts'
import {engineFacts} from './host-facts.ts'
import {listLabs} from './lab-inventory.ts'
import type {EngineFacts} from './parse-docker.ts'

export interface DoctorOptions {
  /** `process.versions.node`. */
  readonly nodeVersion: string
  readonly clock: Clock
}

/** All findings, in the order in which a person would mend them. */
export async function examineHost(docker: Docker, {nodeVersion, clock}: DoctorOptions): Promise<readonly DoctorCheck[]> {
  const first = [checkNode(nodeVersion), await checkClient(docker)]
  if (first.some(check => check.id === 'docker-client' && check.status === 'fail')) return first
  const engine = await askEngine(docker)
  if (!('version' in engine)) return [...first, engine]
  const labs = await listLabs(docker)
  const rest = await Promise.all([
    checkCompose(docker),
    checkBaseImage(docker),
    checkImages(docker),
    checkDisk(engine),
    checkPorts(labs),
    checkIptables(docker),
    checkNetem(docker),
    checkLeftovers(docker, labs),
    checkLabs(docker, labs, clock),
  ])
  return [...first, ok('docker-engine', `Docker ${engine.version} on ${engine.os}`), checkCpus(engine), checkMemory(engine), ...rest.flat()]
}

async function askEngine(docker: Docker): Promise<EngineFacts | DoctorCheck> {
  try {
    return await engineFacts(docker)
  } catch (error) {
    return fail('docker-engine', error instanceof HlError ? error.message : String(error), 'start Docker: sh scripts/setup.sh', 'docker')
  }
}
