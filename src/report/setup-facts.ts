// What the run ran on: settings as read back from Patroni, load, versions, host. Invariant: what is not known says so.
import type {Report} from '../model/report.ts'
import {formatMs} from '../model/time.ts'
import {formatBytes, formatRate} from '../model/quantity.ts'
import {accessPathText} from './access-path.ts'

export type Fact = readonly [name: string, value: string]

/** What the set-up of any run is told from. */
export type SetUp = Pick<Report, 'config' | 'host' | 'through' | 'directTo' | 'trials' | 'shard' | 'shards'>

function onOff(value: boolean | null): string {
  return value === null ? 'not read' : value ? 'on' : 'off'
}

/** Settings that decide how long detection takes and what may be lost. */
export function settingFacts(report: Pick<Report, 'config'>): readonly Fact[] {
  const {settings, fsync, dataChecksums} = report.config
  return [
    ['ttl', `${settings.ttlS} s`],
    ['loop_wait', `${settings.loopWaitS} s`],
    ['retry_timeout', `${settings.retryTimeoutS} s`],
    ['synchronous_mode', settings.synchronousMode],
    ['failsafe_mode', onOff(settings.failsafeMode)],
    ['maximum_lag_on_failover', formatBytes(settings.maximumLagOnFailoverBytes)],
    ['fsync', onOff(fsync)],
    ['data_checksums', onOff(dataChecksums)],
    ...Object.entries(settings.parameters).map(([name, value]): Fact => [name, String(value)]),
  ]
}

export function loadFacts(report: SetUp): readonly Fact[] {
  const {load} = report.config
  return [
    ['through', accessPathText(report)],
    ...(report.shard === undefined ? [] : [['shard', shardText(report)] as const]),
    ['writes', `${load.writesPerSecond}/s`],
    ['transfers', `${load.transfersPerSecond}/s`],
    ['reads, primary', `${load.primaryReadsPerSecond}/s`],
    ['reads, standbys', `${load.standbyReadsPerSecond}/s`],
    ['pinned writes, per node', `${load.pinnedWritesPerSecond}/s`],
    ['deadline of an operation', formatMs(load.deadlineMs)],
  ]
}

/** Of a load over shards all of them, and the one that steps were about. */
function shardText({shard = '', shards}: SetUp): string {
  if (shards === undefined) return shard
  return `${shards.services.map(({name}) => name).join(', ')}; steps were about ${shard}`
}

function pct(value: number | null): string {
  return value === null ? 'not told by the host' : `${value.toFixed(0)}%`
}

export function hostFacts(report: Pick<Report, 'host'>): readonly Fact[] {
  const {host} = report
  return [
    ['host', `${host.cpus} CPUs, ${formatBytes(host.memoryMb * 1_048_576)}, ${host.os}`],
    ['Docker', host.docker],
    ['CPU busy, at most', pct(host.cpuBusyPctMax)],
    ['CPU stolen, at most', pct(host.stealPctMax)],
    ['CPU pressure, at most', pct(host.pressurePctMax)],
  ]
}

export function versionFacts(report: Pick<Report, 'config'>): readonly Fact[] {
  return Object.entries(report.config.versions)
}

/** The short form: what must be told beside any figure. */
export function setupLines(report: SetUp): readonly string[] {
  const settings = settingFacts(report).filter(([name]) => name !== 'maximum_lag_on_failover')
  const {load} = report.config
  return [
    settings.map(([name, value]) => `${name} ${value}`).join(', '),
    `${formatRate(load.writesPerSecond, 'write')}, ` +
      `${formatRate(load.primaryReadsPerSecond + load.standbyReadsPerSecond, 'read')} through ` +
      `${accessPathText(report)}${report.shard === undefined ? '' : `, to shard ${shardText(report)}`}`,
    [...versionFacts(report).map(([name, version]) => `${name} ${version}`), `${report.host.cpus} CPUs`].join(', '),
  ]
}
