// PURE: what a new lab consists of: its clusters, its etcd members, pgpool or not, and the names of all that.
// Invariant: the cluster of a lab that has one is called hl, as is its Patroni scope, and its members are pg1, pg2 …;
// where there are several, a member's name begins with its cluster's. Not here: what Docker has (lab-description.ts).
import {hint} from '../../model/command-hint.ts'
import type {ArchiveMode} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {soleCluster, type ClusterSettings} from '../../model/topology.ts'

/** `standard`: three etcd members and pgpool. `small`: one etcd member, no pgpool. */
export const labProfiles = ['standard', 'small'] as const
export type LabProfile = (typeof labProfiles)[number]

export interface ClusterShape {
  /** Also its Patroni scope. */
  readonly name: string
  readonly nodes: number
}

export interface LabShape {
  readonly clusters: readonly ClusterShape[]
  readonly dcsNodes: number
  readonly pgpool: boolean
}

/** What whoever brings a lab up may ask for; what is absent is that of the standard lab. */
export interface ShapeRequest {
  readonly profile?: LabProfile
  /** PostgreSQL nodes of the one cluster, or of each shard; not together with `clusters`. */
  readonly nodes?: number
  /** That many clusters of one size, called s1, s2 …; not together with `clusters`. */
  readonly shards?: number
  readonly clusters?: readonly ClusterShape[]
}

export const asksForShape = ({profile, nodes, shards, clusters}: ShapeRequest): boolean =>
  [profile, nodes, shards, clusters].some(asked => asked !== undefined)

const standardNodes = 3
const nodesMax = 3
const shardsMax = 16
/** As many as have a port and an address of their own (lab-placement.ts). */
export const membersMax = shardsMax * nodesMax

/** CONFIG_INVALID for what cannot be a lab. pgpool serves one cluster, so a lab of shards has none. */
export function shapeOf(request: ShapeRequest): LabShape {
  const {profile = 'standard', nodes, shards, clusters} = request
  if (clusters !== undefined && (nodes !== undefined || shards !== undefined))
    throw invalid('the nodes of several clusters are told per cluster')
  const isSole = clusters === undefined && shards === undefined
  if (isSole && profile === 'standard' && nodes !== undefined && nodes !== standardNodes)
    throw invalid(`the standard lab has ${standardNodes} nodes, not ${nodes}`)
  const shape = {
    clusters: clusters ?? clustersOf(shards, nodes ?? standardNodes),
    dcsNodes: profile === 'small' ? 1 : 3,
    pgpool: profile === 'standard' && isSole,
  }
  checkShape(shape)
  return shape
}

function clustersOf(shards: number | undefined, nodes: number): readonly ClusterShape[] {
  if (shards === undefined) return [{name: soleCluster, nodes}]
  if (!Number.isInteger(shards) || shards < 1 || shards > shardsMax)
    throw invalid(`a lab has 1 to ${shardsMax} shards, not ${shards}`)
  return Array.from({length: shards}, (_, index) => ({name: `s${index + 1}`, nodes}))
}

const collator = new Intl.Collator('en', {numeric: true})
/** s2 comes before s10. */
export const inOrder = (a: string, b: string): number => collator.compare(a, b)

function checkShape({clusters}: LabShape): void {
  if (clusters.length === 0) throw invalid('a lab has at least one cluster')
  const names = clusters.map(({name}) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw invalid(`two clusters are called ${twice}`)
  for (const {name, nodes} of clusters) {
    if (!/^[a-z][a-z0-9]{0,11}$/.test(name)) throw invalid(`"${name}" is no name for a cluster`)
    if (!Number.isInteger(nodes) || nodes < 1 || nodes > nodesMax)
      throw invalid(`a cluster has 1 to ${nodesMax} nodes, not ${nodes}`)
  }
  const members = clusters.reduce((sum, {nodes}) => sum + nodes, 0)
  if (members > membersMax) throw invalid(`a lab has at most ${membersMax} nodes, not ${members}`)
}

/** What a shape cannot have. CONFIG_INVALID. */
export function requireFits(
  {clusters}: LabShape,
  {archive, settings}: {readonly archive?: ArchiveMode | undefined; readonly settings: Partial<ClusterSettings>},
): void {
  const alone = clusters.find(({nodes}) => nodes === 1)
  if (alone !== undefined && settings.synchronousMode === 'strict')
    throw invalid('with --sync strict a commit waits for a standby, and a cluster of one node has none')
  if (alone !== undefined && archive === 'sync')
    throw invalid('with --archive sync a commit waits for one standby too, and a cluster of one node has none')
  if (clusters.length > 1 && (archive === 'sync' || archive === 'stream'))
    throw invalid(`with --archive ${archive} one pg_receivewal serves one cluster; several need --archive command`)
}

/** Is it a lab of shards? One that was made without them has a cluster of that name alone. */
export const isOfShards = (clusters: readonly {readonly name: string}[]): boolean =>
  clusters.some(({name}) => name !== soleCluster)

/** Members of each cluster. */
export function clusterMembers({clusters}: LabShape): readonly {
  readonly name: string
  readonly members: readonly string[]
}[] {
  const prefix = (name: string): string => (name === soleCluster ? '' : `${name}-`)
  return clusters.map(({name, nodes}) => ({
    name,
    members: Array.from({length: nodes}, (_, index) => `${prefix(name)}pg${index + 1}`),
  }))
}

export const dcsMembersOf = ({dcsNodes}: LabShape): readonly string[] =>
  Array.from({length: dcsNodes}, (_, index) => `etcd${index + 1}`)

/** All services that are always there; the archive is one more where it was asked for. */
export function servicesOf(shape: LabShape): readonly string[] {
  return [
    ...clusterMembers(shape).flatMap(({members}) => members),
    ...dcsMembersOf(shape),
    ...(shape.pgpool ? ['pgpool'] : []),
  ]
}

/**
 * The shape of the lab whose data volumes are called so (`pg1-data`, `etcd1-data` …), null where there is no data. A
 * volume that was destroyed is still counted where those with a higher number are left.
 */
export function shapeOfData(volumes: readonly string[]): LabShape | null {
  const etcd = volumes.filter(name => /^etcd\d-data$/.test(name)).length
  const found = volumes.flatMap(name => {
    const match = /^(?:([a-z][a-z0-9]*)-)?pg(\d)-data$/.exec(name)
    return match === null ? [] : [{name: match[1] ?? soleCluster, nodes: Number(match[2])}]
  })
  if (found.length === 0) return null
  const clusters = [...new Set(found.map(({name}) => name))].sort(inOrder).map(name => ({
    name,
    nodes: Math.max(...found.filter(one => one.name === name).map(({nodes}) => nodes)),
  }))
  const sole = clusters.length === 1 && clusters[0]?.name === soleCluster
  if (sole && etcd > 1) return shapeOf({})
  return {clusters, dcsNodes: etcd > 1 ? 3 : 1, pgpool: false}
}

export const sameShape = (a: LabShape, b: LabShape): boolean => servicesOf(a).join() === servicesOf(b).join()

function invalid(why: string): HlError {
  return new HlError('CONFIG_INVALID', why, {
    next: [
      hint('up', {flags: {profile: 'standard'}, why: 'makes three nodes, three etcd members, pgpool'}),
      hint('up', {
        flags: {profile: 'small', nodes: 2},
        why: `makes one etcd member, no pgpool, 1 to ${nodesMax} nodes`,
      }),
      hint('up', {
        flags: {shards: 2, nodes: 2},
        why: `makes 1 to ${shardsMax} clusters of 1 to ${nodesMax} nodes each on one etcd`,
      }),
    ],
  })
}
