// Facts about the machine that the labs run on: the Docker engine's, which need not be this one.
import {statfs} from 'node:fs/promises'
import type {HostFacts} from '../../model/report.ts'
import type {Docker} from '../docker/docker.ts'
import {parseEngine, type EngineFacts} from '../docker/parse-docker.ts'

/** What the engine says of itself; DOCKER_MISSING or DOCKER_UNREACHABLE when it says nothing. */
export async function engineFacts(docker: Docker): Promise<EngineFacts> {
  return parseEngine(await docker.text(['info', '--format', '{{json .}}']))
}

/**
 * Where the engine is, when that is another machine; null when it is this one (or a virtual machine of it, behind a
 * socket).
 */
export async function engineElsewhere(docker: Docker): Promise<string | null> {
  const outcome = await docker.attempt(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])
  const host = outcome.stdout.trim()
  return isElsewhere(host) ? host : null
}

/** PURE: does a DOCKER_HOST name another machine? */
export function isElsewhere(dockerHost: string): boolean {
  const match = /^(?:ssh|tcp|https?):\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]+)/.exec(dockerHost)
  return match?.[1] !== undefined && !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(match[1])
}

/** For the run record. */
export async function hostFacts(docker: Docker): Promise<Pick<HostFacts, 'cpus' | 'memoryMb' | 'os' | 'docker'>> {
  const {cpus, memoryMb, os, version} = await engineFacts(docker)
  return {cpus, memoryMb, os, docker: version}
}

/** Free space in MB where the engine keeps its data; null when that is not on this machine. */
export async function freeDiskMb(engine: EngineFacts): Promise<number | null> {
  try {
    const disk = await statfs(engine.rootDir)
    return Math.floor((disk.bavail * disk.bsize) / 1_048_576)
  } catch {
    return null
  }
}
