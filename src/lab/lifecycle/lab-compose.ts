// PURE: a new lab as a Compose project. Invariant: the standard lab is the one that compose/patroni-3 describes for
// people without hl (a test compares the two); a password is in no value. Names are in /etc/hosts and addresses are
// fixed, so that a dead node looks like a dead host.
// Not here: starting it (make-lab.ts).
import type {ArchiveMode} from '../../model/backup.ts'
import {
  archiveLabel,
  archiveService,
  clusterLabel,
  encryptLabel,
  labLabel,
  projectOf,
  roleLabel,
  serviceLabel,
  servicesLabel,
} from './lab-description.ts'
import {portsOfLab, type LabPorts, type Placement} from './lab-placement.ts'
import {clusterMembers, dcsMembersOf, isOfShards, servicesOf, type LabShape} from './lab-shape.ts'

export interface LabPlan {
  readonly lab: string
  readonly shape: LabShape
  readonly placement: Placement
  /** Patroni's dynamic configuration of a new cluster. */
  readonly dcsConfig: Readonly<Record<string, unknown>>
  readonly archive: ArchiveMode
  readonly encrypt: boolean
  /** Further labels, on every object of the lab. */
  readonly labels?: Readonly<Record<string, string>>
  /** Absent: the whole lab is made. */
  readonly joins?: JoiningCluster
}

/** The one cluster of the shape that is made, for a lab that is there. */
export interface JoiningCluster {
  readonly cluster: string
  /** Addresses of what is there, and of its own members. */
  readonly hosts: Readonly<Record<string, string>>
  /** Published, one of each for each of its members. */
  readonly ports: Pick<LabPorts, 'postgres' | 'rest'>
}

type Values = Readonly<Record<string, unknown>>

/** The document for `docker compose -f -`: JSON, which is YAML too. */
export function labCompose(plan: LabPlan): string {
  const {lab, placement} = plan
  const labels = {[labLabel]: lab, ...plan.labels}
  const subnet = {subnet: `${placement.subnetPrefix}.0/24`, gateway: `${placement.subnetPrefix}.1`}
  const services = servicesFor(plan)
  const volumes = new Set(Object.values(services).flatMap(({volumes: mounts}) => mounts.map(volumeOf)))
  const document = {
    services,
    networks: {
      lab:
        plan.joins === undefined ? {labels, ipam: {config: [subnet]}} : {external: true, name: `${projectOf(lab)}_lab`},
    },
    volumes: Object.fromEntries([...volumes].map(name => [name, {labels}])),
  }
  // Compose would take a dollar for the beginning of a variable.
  return JSON.stringify(document).replaceAll('$', '$$$$')
}

const volumeOf = (mount: string): string => mount.slice(0, mount.indexOf(':'))

interface Service extends Values {
  readonly volumes: readonly string[]
}

function servicesFor(plan: LabPlan): Readonly<Record<string, Service>> {
  const {shape, placement, archive} = plan
  const ports = portsOfLab(shape, placement.portBase)
  const clusters = clusterMembers(shape)
  const joining = clusters.find(({name}) => name === plan.joins?.cluster)
  if (joining !== undefined)
    return Object.fromEntries(joining.members.map(name => [name, postgres(plan, joining.name, name, ports)]))
  return Object.fromEntries([
    ...dcsMembersOf(shape).map((name, index) => [name, etcd(plan, name, index, ports)] as const),
    ...clusters.flatMap(({name: cluster, members}) =>
      members.map(name => [name, postgres(plan, cluster, name, ports)] as const),
    ),
    ...(shape.pgpool ? [['pgpool', pgpool(plan, ports)] as const] : []),
    ...(archive === 'none' ? [] : [[archiveService, archiveNode(plan)] as const]),
    ...(plan.encrypt ? [['archive-keys', archiveKeys(plan)] as const] : []),
  ])
}

const membersOf = ({shape}: LabPlan): readonly string[] => clusterMembers(shape).flatMap(({members}) => members)
const onOff = (on: boolean): string => (on ? 'on' : 'off')
const publish = (port: number | undefined, inside: number): readonly string[] =>
  port === undefined ? [] : [`127.0.0.1:${port}:${inside}`]

/** Last byte of an address; that of the members where they are more than nine. */
const addresses = {postgres: 11, etcd: 21, pgpool: 31, archive: 41, manyPostgres: 101} as const

function hosts(plan: LabPlan): Readonly<Record<string, string>> {
  const at = (byte: number): string => `${plan.placement.subnetPrefix}.${byte}`
  const members = membersOf(plan)
  const first = addresses.postgres + members.length < addresses.etcd ? addresses.postgres : addresses.manyPostgres
  return Object.fromEntries([
    ...members.map((name, index) => [name, at(first + index)] as const),
    ...dcsMembersOf(plan.shape).map((name, index) => [name, at(addresses.etcd + index)] as const),
    ...(plan.shape.pgpool ? [['pgpool', at(addresses.pgpool)] as const] : []),
    ...(plan.archive === 'none' ? [] : [[archiveService, at(addresses.archive)] as const]),
    ...Object.entries(plan.joins?.hosts ?? {}),
  ])
}

/** What every service of the lab's network has. */
function node(plan: LabPlan, name: string, role: string, image: string, labels: Values = {}): Values {
  const all = hosts(plan)
  return {
    image,
    pull_policy: 'never',
    hostname: name,
    extra_hosts: all,
    tmpfs: ['/run/hl:mode=0755'],
    networks: {lab: {ipv4_address: all[name]}},
    labels: {
      [labLabel]: plan.lab,
      [serviceLabel]: name,
      [roleLabel]: role,
      [servicesLabel]: servicesOf(plan.shape).join(' '),
      ...plan.labels,
      ...labels,
    },
  }
}

function etcd(plan: LabPlan, name: string, index: number, ports: LabPorts): Service {
  return {
    ...node(plan, name, 'etcd', 'hl-etcd:3.5'),
    cap_add: ['NET_ADMIN'],
    stop_grace_period: '10s',
    environment: {HL_ETCD_MEMBERS: dcsMembersOf(plan.shape).join(',')},
    ports: publish(ports.etcd[index], 2379),
    volumes: ['secrets:/run/hl-secrets', `${name}-data:/var/lib/etcd`],
  }
}

function postgres(plan: LabPlan, cluster: string, name: string, ports: LabPorts): Service {
  const {at, published} = placeOf(plan, cluster, name, ports)
  return {
    ...node(plan, name, 'postgres', 'hl-postgres:17', {[clusterLabel]: cluster}),
    cap_add: ['NET_ADMIN'],
    stop_grace_period: '40s',
    shm_size: '256m',
    environment: {
      HL_SCOPE: cluster,
      HL_ETCD_HOSTS: dcsMembersOf(plan.shape)
        .map(member => `${member}:2379`)
        .join(','),
      HL_PATRONI_DCS: JSON.stringify(plan.dcsConfig),
      HL_ARCHIVE: plan.archive,
      HL_ENCRYPT: onOff(plan.encrypt),
      ...movesOf(plan, cluster),
    },
    ports: [...publish(published.postgres[at], 5432), ...publish(published.rest[at], 8008)],
    volumes: ['secrets:/run/hl-secrets', 'archive-secrets:/run/hl-archive', `${name}-data:/var/lib/postgresql`],
  }
}

/** Among whose ports its own are, and at which place. */
function placeOf(plan: LabPlan, cluster: string, name: string, ports: LabPorts) {
  const {joins, shape} = plan
  if (joins === undefined) return {at: membersOf(plan).indexOf(name), published: ports}
  const members = clusterMembers(shape).find(one => one.name === cluster)?.members ?? []
  return {at: members.indexOf(name), published: joins.ports}
}

/** Groups move between shards; a lab of one cluster stays as it is measured. */
function movesOf({shape}: LabPlan, cluster: string): Values {
  if (!isOfShards(shape.clusters)) return {}
  const members = clusterMembers(shape).find(({name}) => name === cluster)?.members ?? []
  return {HL_MOVES: 'on', HL_PG_NODES: members.join(',')}
}

function pgpool(plan: LabPlan, ports: LabPorts): Service {
  return {
    ...node(plan, 'pgpool', 'pgpool', 'hl-pgpool:4.6'),
    stop_grace_period: '10s',
    environment: {HL_PG_NODES: membersOf(plan).join(',')},
    ports: publish(ports.pgpool, 9999),
    volumes: ['secrets:/run/hl-secrets'],
  }
}

/** It mounts none of the lab's passwords but its own, and writes nothing that the nodes of an encrypted one read. */
function archiveNode(plan: LabPlan): Service {
  const {archive, encrypt} = plan
  return {
    ...node(plan, archiveService, 'archive', 'hl-archive:17', {
      [archiveLabel]: archive,
      [encryptLabel]: onOff(encrypt),
    }),
    cap_add: ['NET_ADMIN'],
    stop_grace_period: '10s',
    environment: {HL_ARCHIVE: archive, HL_ENCRYPT: onOff(encrypt), HL_PG_NODES: membersOf(plan).join(',')},
    volumes: [`archive-secrets:/run/hl-archive${encrypt ? ':ro' : ''}`, 'archive-data:/archive'],
  }
}

/** Makes the keys of an encrypted archive and ends. The identity is in no other service. */
function archiveKeys({lab}: LabPlan): Service {
  return {
    image: 'hl-postgres:17',
    pull_policy: 'never',
    profiles: ['archive-keys'],
    network_mode: 'none',
    entrypoint: ['make-archive-keys'],
    labels: {[labLabel]: lab},
    volumes: ['secrets:/run/hl-secrets', 'archive-secrets:/run/hl-archive', 'archive-identity:/run/hl-identity'],
  }
}
