// The report as JSON. Invariant: what is infinite is null there (JSON has no infinity), beside a field that says so.
import type {Report} from '../model/report.ts'

/** The report object itself, indented, ending in a newline. */
export function toJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
