// Reads the lab's passwords from its secrets volume into memory, through any of its containers, running or not.
// Invariant: they never appear in argv, the environment, an error or a log.
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {LabSecrets} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import type {LabDescription} from './lab-description.ts'

/** `docker cp` answers for stopped and paused containers too. LAB_UNHEALTHY when no container has the file. */
export async function readSecrets(docker: Docker, lab: LabDescription): Promise<LabSecrets> {
  for (const service of lab.services) {
    const outcome = await docker.attempt(['cp', `${service.container}:/run/hl-secrets/secrets.env`, '-'])
    const secrets = outcome.exitCode === 0 ? parseSecrets(outcome.stdout) : null
    if (secrets !== null) return secrets
  }
  throw new HlError('LAB_UNHEALTHY', `lab ${lab.lab} has no readable secrets volume`, {
    next: [hint('down', {lab: lab.lab}), hint('up', {lab: lab.lab})],
  })
}

/**
 * Finds the passwords in a tar stream of secrets.env (lines NAME_PASSWORD=letters and digits); null when one is
 * missing.
 */
export function parseSecrets(text: string): LabSecrets | null {
  const found = new Map([...text.matchAll(/([A-Z_]+)_PASSWORD=([A-Za-z0-9]+)/g)].map(match => [match[1], match[2]]))
  const [app, readonly, monitoring, migrations, replication, restapi, etcd] = [
    'APP',
    'READONLY',
    'MONITORING',
    'MIGRATIONS',
    'REPLICATION',
    'RESTAPI',
    'ETCD_HL',
  ].map(name => found.get(name))
  if (
    app === undefined ||
    readonly === undefined ||
    monitoring === undefined ||
    migrations === undefined ||
    replication === undefined ||
    restapi === undefined ||
    etcd === undefined
  )
    return null
  return {app, readonly, monitoring, migrations, replication, mover: found.get('MOVER') ?? null, restapi, etcd}
}
