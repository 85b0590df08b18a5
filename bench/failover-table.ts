// Reports of scenarios as one Markdown table. PURE.
import {failoverPartNames} from '../src/model/rto.ts'
import type {Report} from '../src/model/report.ts'
import type {RtoPartName} from '../src/model/rto.ts'

/** One row per scenario: p50 / p95 where there were several trials, the value where there was one. Seconds. */
export function failoverTable(reports: readonly Report[], host: string, seed: string): string {
  const [first] = reports
  if (first === undefined) return ''
  const {settings, versions} = first.config
  const head = [
    'scenario',
    'n',
    'RTO',
    ...failoverPartNames,
    'redundancy',
    'lost / acknowledged',
    'unknown writes',
    'verdict',
  ]
  const rows = reports.map(report => [
    report.scenario,
    String(report.trials?.n ?? 1),
    rto(report),
    ...failoverPartNames.map(name => part(report, name)),
    spread(report.trials?.timeToRedundancyMs, report.rto?.timeToRedundancyMs ?? null),
    `${report.trials?.lost ?? report.writes.lost} / ${report.trials?.acknowledged ?? report.writes.acknowledged}`,
    report.trials === null
      ? String(report.writes.unknown.found + report.writes.unknown.absent + report.writes.unknown.unknowable)
      : '',
    verdict(report),
  ])
  const table = [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
  return `${table}\n\nSeconds; p50 / p95 (nearest rank) where n > 1. An empty part took no time or no event tells it; no part is known more exactly than the probes, 100 ms apart. Lab defaults: ttl ${settings.ttlS} s, loop_wait ${settings.loopWaitS} s, retry_timeout ${settings.retryTimeoutS} s, synchronous_mode ${settings.synchronousMode}. ${first.config.load.writesPerSecond} writes/s through the ${first.through}. PostgreSQL ${versions['postgresql'] ?? '?'}, Patroni ${versions['patroni'] ?? '?'}, etcd ${versions['etcd'] ?? '?'}; ${host}; everything on one host. Seed ${seed}, ${first.startedAt.slice(0, 10)}.\n`
}

function verdict(report: Report): string {
  const of = report.trials === null ? '' : ` (${report.trials.verdicts.pass} of ${report.trials.n} pass)`
  return report.nature === 'control'
    ? `${report.verdict}${report.controlHeld === true ? ', as it must' : ', NOT as it must'}`
    : `${report.verdict}${of}`
}

function rto(report: Report): string {
  if (report.rto === null) return '-'
  if (report.trials === null && report.rto.ms === 0) return '0'
  return spread(report.trials?.rtoMs, report.rto.recovered ? report.rto.ms : Number.POSITIVE_INFINITY)
}

function part(report: Report, name: RtoPartName): string {
  return spread(report.trials?.parts[name], report.rto?.parts.find(candidate => candidate.name === name)?.ms ?? null)
}

function spread(
  distribution: {readonly p50: number | null; readonly p95: number | null} | null | undefined,
  one: number | null,
): string {
  if (distribution === null || distribution === undefined) return one === null || one === 0 ? '' : seconds(one)
  return `${seconds(distribution.p50 ?? Number.POSITIVE_INFINITY)} / ${seconds(distribution.p95 ?? Number.POSITIVE_INFINITY)}`
}

function seconds(ms: number): string {
  return Number.isFinite(ms) ? (ms / 1_000).toFixed(2) : 'never'
}
