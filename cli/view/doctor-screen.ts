// The findings of `hl doctor` as text. PURE.
import type {DoctorCheck} from '../../src/lab/doctor/doctor-check.ts'
import type {Theme} from '../../src/report/theme.ts'
import {plural} from '../../src/model/quantity.ts'

/** One line a finding, its fix beneath it, and the count at the end. */
export function doctorScreen(checks: readonly DoctorCheck[], theme: Theme): string {
  const paint = {ok: theme.ok, warn: theme.warn, fail: theme.fail}
  const width = Math.max(...checks.map(check => check.id.length))
  const lines = checks.flatMap(check => [
    `${paint[check.status](check.status.padEnd(4))}  ${check.id.padEnd(width)}  ${check.detail}`,
    ...(check.fix === null ? [] : [`      ${''.padEnd(width)}  ${theme.hint(`fix: ${check.fix}`)}`]),
  ])
  const count = (status: DoctorCheck['status']): number => checks.filter(check => check.status === status).length
  return [...lines, `${count('fail')} failed, ${plural(count('warn'), 'warning')}, ${count('ok')} ok`].join('\n')
}
