// Which versions run in the lab, asked of the running things and not of image names. What does not answer is left out.
import {formatServerVersion} from '../patroni/parse-patroni.ts'
import type {LabClients} from './read-state.ts'

/** `postgresql`, `patroni`, `etcd`, `pgpool`, `docker`. */
export async function readVersions({
  docker,
  lab,
  patroni,
  etcd,
}: LabClients): Promise<Readonly<Record<string, string>>> {
  const pgpool = lab.services.find(service => service.name === 'pgpool')
  const [nodes, etcdVersion, engine, pgpoolSays] = await Promise.all([
    Promise.all(lab.members.map(async member => await patroni.status(member))),
    etcd.version(),
    docker.text(['version', '--format', '{{.Server.Version}}']),
    pgpool === undefined ? null : docker.attempt(['exec', pgpool.container, 'pgpool', '--version']),
  ])
  const node = nodes.find(candidate => candidate !== null)
  const found = {
    postgresql:
      node?.serverVersion === null || node?.serverVersion === undefined
        ? undefined
        : formatServerVersion(node.serverVersion),
    patroni: node?.patroniVersion ?? undefined,
    etcd: etcdVersion ?? undefined,
    pgpool: /version (\d[\d.]*)/.exec(`${pgpoolSays?.stdout ?? ''}${pgpoolSays?.stderr ?? ''}`)?.[1],
    docker: engine.trim(),
  }
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
