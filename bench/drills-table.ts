// Reports of drills as one Markdown table. PURE.
import type {Report} from '../src/model/report.ts'

const head = ['drill', 'RTO', 'its parts', 'redundancy', 'lost or missing / acknowledged', 'collateral', 'verdict']

/** One row per drill. Seconds. */
export function drillsTable(reports: readonly Report[], host: string): string {
  const [first] = reports
  if (first === undefined) return ''
  const {load, versions} = first.config
  const rows = reports.map(report => [
    report.scenario,
    report.refusal === null ? seconds(report.rto?.ms) : '-',
    report.refusal === null ? parts(report) : `refused: \`${report.refusal.code}\``,
    seconds(report.rto?.timeToRedundancyMs),
    missing(report),
    report.pointInTime === null ? '-' : String(report.pointInTime.collateral),
    verdict(report),
  ])
  const table = [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
  return `${table}\n\nSeconds, one run of each. ${load.writesPerSecond} writes/s through the ${first.through}. PostgreSQL ${versions['postgresql'] ?? '?'}, Patroni ${versions['patroni'] ?? '?'}; ${host}; everything on one host. Seed ${first.seed}, ${first.startedAt.slice(0, 10)}.\n`
}

const parts = ({rto}: Report): string =>
  (rto?.parts ?? [])
    .filter(({ms}) => ms >= 50)
    .map(({name, ms}) => `${name} ${seconds(ms)}`)
    .join(', ')

/** Of a point-in-time restore what should be there, of any other all that was acknowledged. */
function missing({pointInTime, rpo, writes, refusal}: Report): string {
  if (refusal !== null) return '-'
  const count = pointInTime?.missing ?? rpo?.transactions ?? writes.lost
  return `${count} / ${writes.acknowledged}`
}

function verdict({verdict: said, nature, controlHeld, warnings, checks}: Report): string {
  const failed = checks.filter(check => check.verdict === 'fail').map(({name}) => `\`${name}\``)
  const control = nature === 'control' && said === 'fail'
  const held = control ? `, ${controlHeld === true ? 'as' : 'NOT as'} it must: ${failed.join(', ')}` : ''
  return `${said}${held}${warnings.some(({code}) => code === 'host-starved') ? ' (starved host)' : ''}`
}

const seconds = (ms: number | null | undefined): string =>
  ms === null || ms === undefined ? '-' : (ms / 1_000).toFixed(1)
