// A scrape of a lab: everything is asked at once, each under its own deadline, and what was answered becomes samples.
// Invariants: a scrape takes as long as the longest deadline, whatever hangs; nothing of an earlier scrape is told but
// how far the WAL had come (wal-history.ts); two that ask at the same time share a scrape. Not here: what the samples
// are (samples/).
import {lagOf} from '../../backup/archive-lag.ts'
import {listingOf} from '../../backup/read-archive.ts'
import type {Outcome} from '../../backup/schedule/decide-due.ts'
import {ownOutcomes} from '../../backup/schedule/own-outcomes.ts'
import type {ArchiveListing} from '../../model/backup.ts'
import type {Clock} from '../../model/ports.ts'
import {onlyPrimary, type BackupFacts, type ClusterFacts, type MemberFacts} from '../cluster-facts.ts'
import {sample, type Sample} from '../metrics/sample.ts'
import {backupSamples} from '../samples/backup-samples.ts'
import {clusterSamples} from '../samples/cluster-samples.ts'
import {dcsSamples} from '../samples/dcs-samples.ts'
import {replicationSamples} from '../samples/replication-samples.ts'
import {scrapeSamples, type Asked} from '../samples/scrape-samples.ts'
import {shardSamples} from '../samples/shard-samples.ts'
import {missingForMs, withPoint, type WalHistory} from '../wal-history.ts'
import type {ClusterSources, LabSources} from './lab-sources.ts'
import {Questions, type Reply, type Source} from './questions.ts'

/** Prometheus waits 10 s for a scrape unless told; the archive is read, and then the WAL in it. */
const withinMs = {node: 3_000, api: 4_000, archive: 5_000, lastCommit: 3_000, map: 6_000, lab: 6_000} as const
/** A node is asked within a bound of its own, and what it said until then is kept. */
const graceMs = 500
/** A lab may be made again, or get a shard, under a name that stays. */
const connectEveryMs = 60_000

export class LabCollector {
  readonly #clock: Clock
  readonly #connect: () => Promise<LabSources>
  readonly #questions: Questions
  readonly #histories = new Map<string, WalHistory>()
  #sources: LabSources
  #connected: {readonly atMs: number; readonly asked: readonly Asked[]}
  #scrape: Promise<readonly Sample[]> | null = null

  constructor(clock: Clock, sources: LabSources, connect: () => Promise<LabSources>) {
    this.#clock = clock
    this.#sources = sources
    this.#connect = connect
    this.#questions = new Questions(clock)
    this.#connected = {atMs: clock.nowMs(), asked: [{...ofLab('lab'), up: true, tookMs: 0}]}
  }

  /** Never rejects because of a source. */
  async collect(): Promise<readonly Sample[]> {
    this.#scrape ??= this.#collect().finally(() => (this.#scrape = null))
    return this.#scrape
  }

  async #collect(): Promise<readonly Sample[]> {
    const startMs = this.#clock.nowMs()
    const sources = this.#sources
    const {lab, archive, shards} = sources
    const [clusters, archived, journal, dcs, map, connected] = await Promise.all([
      Promise.all(sources.clusters.map(async cluster => this.#askCluster(lab, cluster, startMs))),
      archive === null
        ? null
        : this.#questions.ask(ofLab('archive'), withinMs.archive, async () => archive.listings(withinMs.archive)),
      archive === null
        ? null
        : this.#questions.ask(ofLab('journal'), withinMs.archive, async () => archive.journal(withinMs.archive)),
      this.#askDcs(sources),
      shards === null ? null : this.#questions.ask(ofLab('map'), withinMs.map, shards),
      this.#connectAgain(),
    ])
    const facts = clusters.map(({facts: one}) => one)
    const backups = await this.#backups(sources, facts, {archived, journal})
    const asked = [
      ...clusters.flatMap(one => one.asked),
      ...dcs.asked,
      ...[archived, journal, map].flatMap(reply => reply?.asked ?? []),
      ...backups.asked,
      ...connected,
    ]
    return [
      ...scrapeSamples(lab, asked, this.#clock.nowMs() - startMs),
      ...facts.flatMap(one => [...clusterSamples(one), ...replicationSamples(one)]),
      ...facts.flatMap(({cluster}) => sample('hl_archive_enabled', {lab, cluster}, archive !== null)),
      ...backups.facts.flatMap(backupSamples),
      ...dcsSamples(lab, dcs.answers),
      ...(map === null || map.value === null ? [] : shardSamples(map.value)),
    ]
  }

  async #askCluster(lab: string, sources: ClusterSources, nowMs: number) {
    const {cluster} = sources
    const [members, keys] = await Promise.all([
      Promise.all(sources.members.map(async member => this.#askMember(sources, member))),
      this.#questions.ask({cluster, member: '', source: 'keys'}, withinMs.api, async () => sources.keys()),
    ])
    const told = {lab, cluster, members: members.map(({facts: one}) => one), dcs: keys.value, nowMs}
    const facts: ClusterFacts = {...told, history: this.#remember(told)}
    return {facts, asked: [...members.flatMap(one => one.asked), keys.asked]}
  }

  async #askMember(sources: ClusterSources, member: string) {
    const {cluster} = sources
    const [node, patroni] = await Promise.all([
      this.#questions.ask({cluster, member, source: 'sql'}, withinMs.node + graceMs, async () =>
        sources.node(member, withinMs.node),
      ),
      this.#questions.ask({cluster, member, source: 'patroni'}, withinMs.api, async () => sources.patroni(member)),
    ])
    const {identity = null, statistics = null} = node.value ?? {}
    const facts: MemberFacts = {member, identity, statistics, patroniUp: patroni.value !== null}
    const views: Asked = {...node.asked, source: 'statistics', up: statistics !== null}
    return {facts, asked: [node.asked, views, patroni.asked]}
  }

  #remember({cluster, members, nowMs}: Omit<ClusterFacts, 'history'>): WalHistory {
    const known = this.#histories.get(cluster) ?? []
    const identity = onlyPrimary({members})?.identity
    if (identity === undefined || identity === null) return known
    const {timeline, lsn, activity} = identity
    if (timeline === null || lsn === null || activity === null) return known
    const history = withPoint(known, {atMs: nowMs, timeline, lsn, activity})
    this.#histories.set(cluster, history)
    return history
  }

  async #askDcs(sources: LabSources) {
    const replies = await Promise.all(
      sources.dcsMembers.map(async member => {
        const source: Source = {cluster: '', member, source: 'etcd'}
        return {member, ...(await this.#questions.ask(source, withinMs.api, async () => sources.dcsMember(member)))}
      }),
    )
    return {
      answers: Object.fromEntries(replies.map(({member, value}) => [member, value])),
      asked: replies.map(({asked}) => asked),
    }
  }

  async #backups(
    {clusters}: LabSources,
    facts: readonly ClusterFacts[],
    {
      archived,
      journal,
    }: {
      readonly archived: Reply<readonly ArchiveListing[]> | null
      readonly journal: Reply<readonly Outcome[]> | null
    },
  ): Promise<{readonly facts: readonly BackupFacts[]; readonly asked: readonly Asked[]}> {
    const listings = archived?.value ?? null
    if (listings === null) return {facts: [], asked: []}
    const lines = journal?.value ?? null
    const found = await Promise.all(
      facts.map(async (one, index) => {
        const state = archiveState(one, listings)
        const reader = clusters[index]
        if (state === null || reader === undefined) return null
        const {listing, timeline} = state
        const source: Source = {cluster: one.cluster, member: '', source: 'last_commit'}
        const reply =
          timeline === null
            ? null
            : await this.#questions.ask(source, withinMs.lastCommit, async () => ({
                epochMs: await reader.lastCommit(listing, timeline, withinMs.lastCommit),
              }))
        const {lab, cluster} = one
        const lastCommitEpochMs = reply?.value?.epochMs ?? null
        const outcomes = lines === null ? null : ownOutcomes(lines, listing, clusters.length === 1)
        return {facts: {lab, cluster, outcomes, lastCommitEpochMs, ...state}, asked: reply?.asked ?? []}
      }),
    )
    const there = found.filter(one => one !== null)
    return {facts: there.map(one => one.facts), asked: there.flatMap(one => one.asked)}
  }

  /** What it finds serves the next scrape; while it finds nothing, the old addresses do. */
  async #connectAgain(): Promise<readonly Asked[]> {
    const {atMs, asked} = this.#connected
    if (this.#clock.nowMs() - atMs < connectEveryMs) return asked
    const reply = await this.#questions.ask(ofLab('lab'), withinMs.lab, this.#connect)
    if (reply.value !== null) this.#sources = reply.value
    this.#connected = {atMs: this.#clock.nowMs(), asked: [reply.asked]}
    return [reply.asked]
  }
}

const ofLab = (source: Source['source']): Source => ({cluster: '', member: '', source})

/** PURE: one cluster's part of the archive against its primary; null: no member says which part that is. */
function archiveState(facts: ClusterFacts, listings: readonly ArchiveListing[]) {
  const [system] = facts.members.flatMap(({identity}) => identity?.systemIdentifier ?? [])
  if (system === undefined) return null
  const listing = listingOf(listings, system)
  const primary = onlyPrimary(facts)
  const {timeline = null, lsn = null} = primary?.identity ?? {}
  if (timeline === null || lsn === null) return {listing, timeline: null, lagBytes: null, lagSeconds: null}
  const received = primary?.statistics?.standbys.filter(({name}) => name === 'hl_archive') ?? []
  const receivedLsn = received.map(({writeLsn}) => writeLsn).find(one => one !== null) ?? null
  const lagBytes = lagOf(listing, {lsn, timeline, receivedLsn})
  const missingMs = lagBytes === null ? null : missingForMs(facts.history, lsn - BigInt(lagBytes), facts.nowMs)
  return {listing, timeline, lagBytes, lagSeconds: missingMs === null ? null : missingMs / 1_000}
}
