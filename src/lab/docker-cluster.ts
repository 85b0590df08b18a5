// The lab in Docker as the port `Cluster` of src/model. Invariant: puts together, decides nothing. Not here: how each
// thing is done.
import {HlError} from '../model/errors.ts'
import type {Clock, Cluster, LabEndpoints} from '../model/ports.ts'
import {applySettings, readConfig, setMaintenance} from './patroni/apply-settings.ts'
import {readLogs} from './docker/collect-logs.ts'
import {control, destroy, statusOf, wipe} from './docker/container-control.ts'
import {serviceOf} from './lifecycle/lab-description.ts'
import {canReach, cut, isCut, uncut} from './docker/partition.ts'
import type {JsonObject} from './read-json.ts'
import {readState, type LabClients} from './observe/read-state.ts'
import {readVersions} from './observe/read-versions.ts'
import {settingsFrom} from './patroni/settings-to-patroni.ts'
import {switchover} from './patroni/switchover.ts'
import {postgresAnswers} from './lifecycle/tcp-probe.ts'

/** Short: on one host an answer takes a millisecond, and t_fault waits for this one. */
const answerBoundMs = 300

/** `base`: the lab's own configuration (compose/images/postgres/dcs.json). */
export function dockerCluster(clients: LabClients, endpoints: LabEndpoints, clock: Clock, base: JsonObject): Cluster {
  const {docker, lab} = clients
  return {
    lab: lab.lab,
    name: lab.cluster,
    members: lab.members,
    dcsMembers: lab.dcsMembers,
    archive: lab.archive,
    encrypted: lab.encrypted,
    state: async () => await readState(clients),
    settings: async () => settingsFrom(await readConfig(clients), base),
    rawConfig: async () => await readConfig(clients),
    applySettings: async settings => await applySettings(clients, clock, base, settings),
    versions: async () => await readVersions(clients),
    exec: async (service, argv, options) => await docker.exec(serviceOf(lab, service).container, argv, options),
    containerStatus: async service => await statusOf(docker, lab, service),
    kill: async service => await control(docker, clock, lab, service, 'kill'),
    stop: async service => await control(docker, clock, lab, service, 'stop'),
    start: async service => await control(docker, clock, lab, service, 'start'),
    pause: async service => await control(docker, clock, lab, service, 'pause'),
    destroy: async service => await destroy(docker, lab, service),
    wipe: async service => await wipe(docker, lab, service),
    unpause: async service => await control(docker, clock, lab, service, 'unpause'),
    partition: async (service, partition) => await cut(docker, lab, service, partition),
    healPartition: async service => await uncut(docker, lab, service),
    isPartitioned: async service => await isCut(docker, lab, service),
    canReach: async (service, peer, port) => await canReach(docker, lab, service, peer, port),
    async answers(service) {
      const endpoint = endpoints.postgres[service]
      if (endpoint === undefined)
        throw new HlError('NODE_UNKNOWN', `${service} has no PostgreSQL port`, {
          next: [`one of ${lab.members.join(', ')}`],
        })
      return await postgresAnswers(endpoint, answerBoundMs)
    },
    switchover: async (from, to) => await switchover(clients, clock, from, to),
    setMaintenance: async on => await setMaintenance(clients, clock, on),
    logs: async (service, sinceIso) => await readLogs(docker, serviceOf(lab, service).container, sinceIso),
  }
}
