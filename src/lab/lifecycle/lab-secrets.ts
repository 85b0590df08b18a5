// Reads the lab's passwords and hl's certificate for etcd from its secrets volume into memory, through any of its
// containers, running or not, or by itself where none of them is left. Invariant: they never appear in argv, the
// environment, an error or a log.
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {LabSecrets} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import {runApart} from '../docker/volume.ts'
import type {EtcdIdentity} from '../etcd/etcd-gateway.ts'
import {projectOf, type LabDescription} from './lab-description.ts'
import {labVolumes} from './lab-inventory.ts'

/**
 * `docker cp` answers for stopped and paused containers too. LAB_UNHEALTHY when neither a container nor the volume has
 * the file.
 */
export async function readSecrets(docker: Docker, lab: LabDescription): Promise<LabSecrets> {
  for (const service of holders(lab)) {
    const outcome = await docker.attempt(['cp', `${service.container}:/run/hl-secrets/secrets.env`, '-'])
    const secrets = outcome.exitCode === 0 ? parseSecrets(outcome.stdout) : null
    if (secrets !== null) return secrets
  }
  const secrets = isWithoutNodes(lab) ? await fromVolume(docker, lab.lab) : null
  if (secrets !== null) return secrets
  throw unreadable(lab)
}

/** Of a lab that is being made nodes are there before their passwords. */
const isWithoutNodes = ({clusters, dcsMembers}: LabDescription): boolean =>
  dcsMembers.length === 0 && clusters.every(({members}) => members.length === 0)

/** Where every node is lost, the archive is left and can be restored from. */
async function fromVolume(docker: Docker, lab: string): Promise<LabSecrets | null> {
  const volume = `${projectOf(lab)}_secrets`
  // One that is not there would be made.
  if (!(await labVolumes(docker, lab)).includes(volume)) return null
  // Docker keeps what a container prints, unless told not to.
  const apart = ['-v', `${volume}:/secrets:ro`, '--log-driver', 'none']
  const outcome = await docker.attempt(runApart('hl-postgres:17', ['cat', '/secrets/secrets.env'], apart))
  return outcome.exitCode === 0 ? parseSecrets(outcome.stdout) : null
}

/** What an image of etcd says of itself that asks for certificates; one of an older hl does not. */
const certificatesLabel = 'hl.etcd'

/** What etcd wants to be shown; null: it answers without. LAB_UNHEALTHY when no container has it yet. */
export async function readEtcdIdentity(docker: Docker, lab: LabDescription): Promise<EtcdIdentity | null> {
  const wanted = lab.services.some(
    ({name, facts}) => lab.dcsMembers.includes(name) && facts.labels[certificatesLabel] === 'certificates',
  )
  if (!wanted) return null
  for (const service of holders(lab)) {
    const outcome = await docker.attempt(['cp', `${service.container}:/run/hl-secrets/etcd/hl.pem`, '-'])
    const identity = outcome.exitCode === 0 ? parseEtcdIdentity(outcome.stdout) : null
    if (identity !== null) return identity
  }
  throw unreadable(lab)
}

/** The members of etcd first: they have both files, while an archive has neither, and every try costs a process. */
function holders({services, dcsMembers}: LabDescription): LabDescription['services'] {
  return services.toSorted((a, b) => Number(dcsMembers.includes(b.name)) - Number(dcsMembers.includes(a.name)))
}

/** PURE: the authority, the certificate and its key in a tar stream of hl.pem; null when one is missing. */
export function parseEtcdIdentity(text: string): EtcdIdentity | null {
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----/g)]
  const [ca, cert] = blocks.filter(([, kind]) => kind === 'CERTIFICATE').map(([pem]) => pem)
  const key = blocks.find(([, kind]) => kind?.endsWith('PRIVATE KEY'))?.[0]
  return ca === undefined || cert === undefined || key === undefined ? null : {ca, cert, key}
}

/** Taken down, a lab of which the archive is left could not be restored any more. */
function unreadable(lab: LabDescription): HlError {
  const {lab: name, archive} = lab
  const isLeft = archive !== 'none' && isWithoutNodes(lab)
  return new HlError('LAB_UNHEALTHY', `lab ${name} has no readable secrets volume`, {
    next: isLeft
      ? [hint('doctor', {why: 'looks at Docker and the images'})]
      : [hint('down', {lab: name}), hint('up', {lab: name})],
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
